"""Several people in the app at once, by Streamlit's own protocol."""

from concurrent.futures import ThreadPoolExecutor

from benchmarks import app_users


def test_each_gets_their_own_answer_and_sees_nobody_else(tmp_path):
    # On a thread of its own: where browser tests ran before, this one holds the event loop of their driver.
    with ThreadPoolExecutor(1) as apart:
        measured = apart.submit(app_users.measure, tmp_path, users=3).result()
    rows = {row["what"].partition(": ")[2]: row["value"] for row in measured}
    assert rows["got the answer to their own clip, and hear it"] == 3
    assert rows["names of others' clips seen, history included"] == 0
    assert rows["others' audio played"] == 0
