"""Shows what the tests measured, at the end of pytest's report."""


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("passed"):
        for name, words in report.user_properties:
            if name == "explorable" and report.when == "call":
                terminalreporter.write_line(words)
