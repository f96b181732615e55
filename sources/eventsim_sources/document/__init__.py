"""Clusters like those of DocumentDB, as far as their change streams go: documents, and the changes that were made."""
