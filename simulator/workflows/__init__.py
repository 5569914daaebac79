"""State machines: what they are, and how they are read from Amazon States Language."""
