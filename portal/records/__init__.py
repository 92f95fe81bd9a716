"""Serial numbers of the books that an institution keeps, without gaps."""
