"""The flat database of pkg_install: a folder of plain files for each package."""
