"""What runs beside a handler, in its environment? Extensions: those that AWS ships as layers are stood in for here."""
