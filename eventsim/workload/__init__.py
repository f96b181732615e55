"""What happens to the world from outside, and when?"""
