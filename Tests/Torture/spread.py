"""Keeps kills and messages in step, so that the kills are spread over the whole of what is said."""


class Spread:
    """So many messages and so many kills, each a fraction of which the other may be ahead."""

    # Kills may be ahead by a fiftieth of all: after that what was killed has time to come back.
    AHEAD = 0.02

    def __init__(self, messages, kills):
        self.messages, self.kills = messages, kills
        # How many messages had been said at each kill.
        self.said_at = []

    def may_speak(self, said):
        """Whether another message may be said: the last of them only after all kills but one."""
        return said * self.kills < (len(self.said_at) + 1) * self.messages

    def may_kill(self, said):
        return len(self.said_at) < self.kills and (
            len(self.said_at) / self.kills <= said / self.messages + self.AHEAD)

    def killed(self, said):
        self.said_at.append(said)

    @property
    def is_over(self):
        return len(self.said_at) >= self.kills

    def by_tenths(self):
        """How many kills came in each tenth of the messages."""
        tenths = [0] * 10
        for said in self.said_at:
            tenths[min(9, said * 10 // self.messages)] += 1
        return tenths
