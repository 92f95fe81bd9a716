"""Pages of the catalog: for citizens and for administrators."""
