"""Secrets as AWS Secrets Manager keeps them: versions, stages, deletion with a way back."""
