"""How are the AWS calls of user code answered? In process, by name, by the operations that sources offer."""
