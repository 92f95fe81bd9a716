"""The page shell: guards, forms, components, layouts, languages and error pages."""
