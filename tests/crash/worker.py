"""What the crash tests run beside themselves, and kill: `worker.py MODE JOURNAL SEED COUNT`.

Says "ready" once the book is open, then "ack SEQ HASH NOTE" for every receipt, each line flushed
before the next command begins. COUNT 0 goes on until it is killed.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import (
    CashFact,
    Command,
    Deposit,
    Init,
    Kind,
    Post,
    Transfer,
    Withdraw,
    amount,
)
from alluse_tui.domain.model.errors import Busy, Refused
from alluse_tui.engine import LocalEngine

CODES = ("gen-1", "rev-1", "com-1")


def opening(name: str = "Main", capital: str = "250000", note: str = "") -> Init:
    return Init(
        portfolio=name,
        capital=amount(capital, zero=True),
        policy=load_policy("moderate"),
        note=note,
    )


def mixed(seed: int) -> Iterator[Command]:
    """Commands of several kinds, a few of which the rules refuse; `note` names each."""
    drawn = random.Random(seed)
    for number in count(1):
        note = f"{seed}:{number}"
        micros = drawn.randint(1, 500) * 10_000
        code = drawn.choice(CODES)
        match drawn.randint(0, 9):
            case 0 | 1 | 2 | 3:
                yield Deposit(account=code, amount=micros, note=note, key=note)
            case 4 | 5:
                yield Withdraw(account="gen-1", amount=micros, note=note)
            case 6:
                yield Withdraw(account="com-1", amount=micros, note=note)
            case 7:
                yield Transfer(source="rev-1", target="gen-1", amount=micros, note=note)
            case 8:
                fact = CashFact(kind=Kind.INTEREST, micros=micros)
                yield Post(account=code, fact=fact, note=note)
            case _:
                fact = CashFact(kind=Kind.PREMIUM, micros=micros, currency="CHF")
                yield Post(account=code, fact=fact, note=note, confirmed=True)


def deposits(seed: int) -> Iterator[Command]:
    """One unit each into one account."""
    for number in count(1):
        yield Deposit(account="gen-1", amount=amount("1"), note=f"{seed}:{number}")


def say(*words: object) -> None:
    sys.stdout.write(" ".join(str(w) for w in words) + "\n")
    sys.stdout.flush()


def post(engine: LocalEngine, commands: Iterator[Command], most: int) -> None:
    for number, command in enumerate(commands, start=1):
        submit(engine, command)
        if number == most:
            return


def submit(engine: LocalEngine, command: Command) -> None:
    while True:
        try:
            receipt = engine.commands.submit(command)
        except Refused:
            say("refused", command.note)
        except Busy:
            continue
        else:
            say("ack", receipt.seq, receipt.hash, command.note)
        return


def publish(engine: LocalEngine, seed: int, most: int) -> None:
    """The replica is published from the last one, built anew, asked and exported by turns."""
    drawn = random.Random(seed)
    for number in count(1):
        engine.refresh()
        match drawn.randint(0, 3):
            case 0:
                engine.operations.rebuild()
            case 1 | 2:
                engine.operations.publish()
            case _:
                engine.queries.accounts(as_of=engine.today)
        say("asked", engine.seq)
        if number == most:
            return


def churn(path: Path, seed: int, most: int) -> None:
    """A process's whole life, again and again: open, one command, close."""
    for number, command in enumerate(deposits(seed), start=1):
        with LocalEngine(path, actor=f"worker-{seed}", accept_clock=True) as engine:
            submit(engine, command)
        if number == most:
            return


def main(mode: str, journal: str, seed: int, most: int) -> None:
    path = Path(journal)
    if mode == "churn":
        say("ready")
        churn(path, seed, most)
        return
    with LocalEngine(
        path, actor=f"worker-{seed}", create=mode == "init", accept_clock=True
    ) as engine:
        say("ready")
        match mode:
            case "init":
                submit(engine, opening(f"P{seed}", note=f"{seed}:0"))
            case "mixed":
                post(engine, mixed(seed), most)
            case "deposits":
                post(engine, deposits(seed), most)
            case "publish":
                publish(engine, seed, most)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
