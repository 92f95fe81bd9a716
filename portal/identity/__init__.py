"""Who is who: staff with their units and roles, and citizens by their verified contacts."""
