"""Scripted contacts and a clock that is moved: no client is needed to see what they do."""


def test_a_nurse_asks_after_an_hour(rosterkit_domain):
    juliet = rosterkit_domain.account("juliet")
    nurse = rosterkit_domain.contact("nurse", schedule=[{"after": 3600, "do": "subscribe", "to": juliet.jid}])
    rosterkit_domain.forward(3599)
    assert rosterkit_domain.roster("juliet")["requests"] == {}
    rosterkit_domain.forward(1)
    assert list(rosterkit_domain.roster("juliet")["requests"]) == [nurse]


def test_somebody_who_is_seen_takes_it_back(rosterkit_domain):
    roster = {"romeo@far.example": {"subscription": "both", "name": "Romeo"}}
    juliet = rosterkit_domain.account("juliet", roster=roster)
    romeo = rosterkit_domain.contact("romeo@far.example", resources=[{"name": "balcony", "show": "away"}])
    rosterkit_domain.tell(romeo, "unsubscribed", to=juliet.jid)
    assert rosterkit_domain.roster("juliet")["items"][romeo]["subscription"] == "from"
