"""May somebody do that? What a call needs, what policies say of it, and the words of a refusal."""
