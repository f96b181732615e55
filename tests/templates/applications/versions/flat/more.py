NAME = "world"
