"""Link-local clouds: hosts on a bridge that know nothing of each other, and a link that comes and goes.

Hosts are network namespaces, as in test_namespaces.py: where they cannot be made these tests are not collected. No
multicast is ever sent on an interface of this machine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from samples_c.processes import Program
from tests.support.namespaces import Host, hosts_on_a_bridge, missing

CLOUDS = {"PEERAPI_PNRP_LINKS": "cable", "PEERAPI_PNRP_PORT": "3540"}

if not missing():

    @pytest.fixture(scope="module")
    def tool(sample_of: Callable[[str], Path]) -> Path:
        return sample_of("pnrp_tool")

    @pytest.fixture
    def hosts() -> Iterator[list[Host]]:
        with hosts_on_a_bridge("links", 3) as made:
            yield made

    @pytest.fixture
    def register(tool: Path, tmp_path: Path) -> Iterator[Callable[[Host, str, int], Program]]:
        """``register(host, name, port)``: a process there publishes a name, until the end of the test."""
        made: list[Program] = []

        def register(host: Host, name: str, port: int) -> Program:
            command = [*host.before, "env", *_settings(), tool, "register", name, str(port), f"on host {host.number}"]
            made.append(Program(command, tmp_path / f"{host.number}-{port}"))
            made[-1].wait_for("registered")
            return made[-1]

        yield register
        for program in made:
            program.stop()

    def _settings() -> list[str]:
        return [f"{name}={value}" for name, value in CLOUDS.items()]

    def run(host: Host, *words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [*host.before, *words]
        environment = {**os.environ, **CLOUDS}
        return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False)

    def test_three_hosts_on_a_bridge_find_each_other_by_multicast_alone(
        hosts: list[Host], tool: Path, register: Callable[[Host, str, int], Program]
    ) -> None:
        """No seed, no common port range, nothing remembered; one process has been there before the others, so it must
        hear of them, and they of it."""
        for host in hosts:
            register(host, f"0.host{host.number}", 4700 + host.number)
        for asker in hosts:
            for publisher in hosts:
                found = run(asker, tool, "resolve", f"0.host{publisher.number}", "1")
                if asker is publisher:
                    # This process is another one than the publisher: they meet in the loopback cloud, or on the link.
                    assert re.search(rf":470{publisher.number} ", found.stdout), found.stderr
                    continue
                address = rf"\[{publisher.link_address}%{asker.interface}\]:470{publisher.number}"
                line = rf"0\.host{publisher.number} {address} \(pnrp_tool\) \"on host {publisher.number}\"\n"
                assert re.fullmatch(line, found.stdout), (asker, publisher, found.stdout, found.stderr)

    def test_a_name_of_another_host_is_found_by_a_search_with_an_event(
        hosts: list[Host], tool: Path, register: Callable[[Host, str, int], Program]
    ) -> None:
        register(hosts[0], "0.chat", 4711)
        register(hosts[1], "0.chat", 4712)
        found = run(hosts[2], tool, "search", "0.chat")
        assert sorted(re.findall(r"\]:(\d+) ", found.stdout)) == ["4711", "4712"], found.stderr

    def found_at(asker: Host, tool: Path, name: str) -> str:
        """Where a name is found, asked for again until it is."""
        for _ in range(10):
            found = run(asker, tool, "resolve", name, "1")
            if found.returncode == 0:
                return found.stdout.split()[1]
        raise AssertionError(found.stderr)

    def test_a_name_registered_before_the_link_has_an_address_is_published_when_it_gets_one(
        hosts: list[Host], tool: Path, register: Callable[[Host, str, int], Program]
    ) -> None:
        hosts[0].unplug()
        register(hosts[0], "0.early", 4711)
        hosts[0].plug()
        expected = f"[{hosts[0].link_address}%{hosts[1].interface}]:4711"
        assert found_at(hosts[1], tool, "0.early") == expected

    def test_a_link_that_comes_back_with_another_address_is_found_there(
        hosts: list[Host], tool: Path, register: Callable[[Host, str, int], Program]
    ) -> None:
        register(hosts[0], "0.mobile", 4711)
        assert found_at(hosts[1], tool, "0.mobile").startswith(f"[{hosts[0].link_address}%")
        hosts[0].unplug()
        elsewhere = replace(hosts[0], number=9)
        elsewhere.plug()
        assert found_at(hosts[1], tool, "0.mobile").startswith(f"[{elsewhere.link_address}%")

    def test_the_clouds_of_links_are_listed_with_their_interface(hosts: list[Host], tool: Path) -> None:
        host = hosts[0]
        name = f"LinkLocal_ff00::%{host.interface}/8"
        listed = run(host, tool, "clouds").stdout.splitlines()
        assert listed[0] == f"{name} scope 3 interface {host.interface}"
        assert [line.partition(" ")[0] for line in listed] == [name, "Loopback_"]

    def peerapi(host: Host, *words: str) -> subprocess.CompletedProcess[str]:
        return run(host, sys.executable, "-m", "peerapi", "pnrp", *words)

    def test_the_command_line_reaches_other_hosts_and_says_how_it_came_there(
        hosts: list[Host], register: Callable[[Host, str, int], Program]
    ) -> None:
        register(hosts[0], "0.chat", 4711)
        asker = hosts[1]
        cloud = f"LinkLocal_ff00::%{asker.interface}/8"
        listed = peerapi(asker, "clouds").stdout.splitlines()
        assert listed[0] == f"{cloud}  LinkLocal on cable  modern profile, UDP from port 3540"
        assert "PEERAPI_PNRP_LINKS" not in " ".join(listed)
        there = re.escape(f"[{hosts[0].link_address}%{asker.interface}]:4711")
        assert re.match(there, peerapi(asker, "resolve", "0.chat").stdout)
        *hops, last = peerapi(asker, "trace", "0.chat", "--cloud", cloud).stdout.splitlines()
        assert hops
        assert re.match(there, last)
        assert peerapi(asker, "ping", "0.chat", "--cloud", "Loopback_").returncode == 1
