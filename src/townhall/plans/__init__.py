"""The plan of an hour (方案): six fields, groups, versions, approval in order."""
