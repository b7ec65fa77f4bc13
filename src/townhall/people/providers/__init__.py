"""Identity providers that vouch for citizens: OpenID Connect, CAS 3.0, and what is only like OAuth.

Each is described in the file that ``TOWNHALL_SIGN_ON_FILE`` names. None is called but through :mod:`calls`.
"""
