"""What people are told: texts in their language, delivered once, with a record of it."""
