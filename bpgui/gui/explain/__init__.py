"""The Explain workspace: one sample's numbers, walked through, and why each weight moves."""
