"""What must be true of a run? English sentences, and how they are judged."""
