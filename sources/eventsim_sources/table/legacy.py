"""What do the parameters say that are older than expressions?"""
