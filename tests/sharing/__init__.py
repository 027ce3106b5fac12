"""Several programs of one person in one open group."""
