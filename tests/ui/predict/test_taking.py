import pytest
from streamlit.testing.v1 import AppTest

from ser_core.testing import encode, speechlike


def page():
    import streamlit as st

    from ui.predict import taking

    def take(name, sent):
        held = taking.taken(name, sent)
        if held is not None:
            st.session_state["got"] = [*st.session_state.get("got", []), held]

    for name, several in (("one", False), ("many", True)):
        key = taking.key(name)
        st.file_uploader(name, accept_multiple_files=several, key=key, on_change=take, args=(name, key))


@pytest.mark.parametrize(("name", "files"), [("one", 1), ("many", 2)])
def test_a_widget_is_taken_from_once_though_it_is_sent_again(name, files):
    app = AppTest.from_function(page, default_timeout=60).run()
    content = [(f"{i}.wav", encode(speechlike(0.5)), "audio/wav") for i in range(files)]
    app.file_uploader(key=f"{name}-0").set_value(content if name == "many" else content[0])
    sent = app._tree.get_widget_states()
    app.run()
    # What a browser sends on a click while the run that follows the upload still goes on: it shows the uploader yet.
    app._run(sent)
    assert not app.exception
    (got,) = app.session_state["got"]
    assert [file.name for file in (got if name == "many" else [got])] == [file[0] for file in content]
    assert [each.key for each in app.get("file_uploader") if each.key.startswith(name)] == [f"{name}-1"]


def test_each_turn_can_be_taken_from():
    app = AppTest.from_function(page, default_timeout=60).run()
    for turn in range(2):
        app.file_uploader(key=f"one-{turn}").set_value((f"{turn}.wav", b"x", "audio/wav")).run()
    assert [file.name for file in app.session_state["got"]] == ["0.wav", "1.wav"]


def test_a_file_that_is_removed_again_is_nothing_to_take():
    app = AppTest.from_function(page, default_timeout=60).run()
    app.file_uploader(key="many-0").set_value([]).run()
    assert not app.exception and "got" not in app.session_state
