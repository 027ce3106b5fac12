"""``peerapi completion``: the script by which a shell completes commands, options and names."""

from __future__ import annotations

import click

from peerapi.cli.commands import Command, Word

VARIABLE = "_PEERAPI_COMPLETE"
"The variable by which a shell's script asks the command which words could stand there."


@click.command("completion", cls=Command)
@click.argument("shell", type=Word("bash", "zsh", "fish"))
def command(shell: str) -> None:
    """Print the script by which a shell completes the commands of peerapi, their options, and the names of graphs,
    groups and identities.

    \b
    bash  eval "$(peerapi completion bash)"            in ~/.bashrc
    zsh   eval "$(peerapi completion zsh)"             in ~/.zshrc
    fish  peerapi completion fish | source             in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    from peerapi.cli import root

    kind = get_completion_class(shell)
    assert kind is not None, "Word knows no others"
    print(kind(root(), {}, "peerapi", VARIABLE).source())
