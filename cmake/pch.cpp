// Gives the precompiled header a target to belong to; every other target reuses it.
