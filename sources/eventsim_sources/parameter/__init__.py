"""Parameters as AWS Systems Manager keeps them: paths, versions, labels."""
