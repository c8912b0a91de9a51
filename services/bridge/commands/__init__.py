"""What the bridge adds to the command line: `bangkom lms ...`."""

import click

from services.bridge.commands import check, keys, lti, plugins, sites, sync, tell

COMMANDS = click.Group("bridge")


@COMMANDS.group("lms")
def lms_group() -> None:
    """The LMSs that Bangkom speaks to."""


for _command in (
    sites.add,
    sites.list_sites,
    sites.course,
    check.check,
    keys.key,
    keys.rotate,
    sync.sync,
    tell.tell,
    plugins.plugins,
):
    lms_group.add_command(_command)
for _command in (lti.link, lti.platforms, lti.remove, lti.roster, lti.renew):
    lms_group.add_command(_command)
