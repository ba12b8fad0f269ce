"""What the commands report, each as one type that renders as text and as JSON.

Nothing is decided here. Text is for people: it fits the terminal's width and has colours only where
they are wanted. JSON is for programs: its fields are a contract.
"""
