"""How long what visitors said waited for Discord, once it was stored."""

# Milliseconds since 1970 at which Discord's time begins.
EPOCH = 1_420_070_400_000


def waits_of(conversation):
    """Seconds from the commit of each of a visitor's messages to its being posted."""
    return [
        ((int(conversation.external[message.seq][0]) >> 22) + EPOCH - message.at) / 1000
        for message in conversation.messages("web")
        if conversation.external.get(message.seq)
    ]


def by_fifths(evidence):
    """The mean and the longest wait in each fifth of the conversations, the oldest first: none may
    be worse off for having come late."""
    ordered = [waits_of(one) for _, one in sorted(evidence.conversations.items())]
    ordered = [waits for waits in ordered if waits]
    ends = [len(ordered) * part // 5 for part in range(6)]
    fifths = [ordered[start:end] for start, end in zip(ends, ends[1:])]
    return [
        (sum(map(sum, fifth)) / sum(map(len, fifth)), max(map(max, fifth)))
        for fifth in fifths if fifth
    ]
