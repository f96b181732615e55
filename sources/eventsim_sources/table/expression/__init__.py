"""The text of DynamoDB's expressions, and the trees that it stands for."""
