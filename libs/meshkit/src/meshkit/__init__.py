"""The chassis of every service of the mesh. No business word in it."""
