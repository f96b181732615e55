"""What would a container image hold? Its Dockerfile is read, and what that copies is laid out; nothing is run."""
