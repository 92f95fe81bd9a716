"""Handing over (交接班): what one colleague answers for goes to another under two signatures."""
