"""The plan of the house: each rule of docs/explanation/house.md has a test here that fails when it is broken."""
