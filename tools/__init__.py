"""Programs for those who build Townhall; an installation never needs them."""
