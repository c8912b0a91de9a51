"""The portal: pages for people. It owns no business data and has no rights of its own: it shows what the other services
answer to the signed-in person's own token, and hands over what the person decides.

Says: nothing. Hears: nothing.
"""
