"""Bills of materials: what an image is made of, as CycloneDX and as SPDX; pure."""
