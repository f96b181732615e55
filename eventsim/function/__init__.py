"""What is a function? Its handler and configuration, its versions and aliases, how long it takes."""
