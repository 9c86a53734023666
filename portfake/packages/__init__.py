"""What a package is made of: packing list and stage to manifest, to .pkg and back.

Pure apart from the archive reader and writer, which read and write streams given to them.
"""
