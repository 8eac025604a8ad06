"""Lines 42 to 63: hostile repositories, hostile text, and secrets."""

from tests.hostile.inputs import MODEL, STATES
from tests.hostile.line import line

NO_PROGRAM = "repo/test_hostile.py::test_no_configured_program_runs"
WHOLE_EDIT = "hostile/test_trust.py::test_embedded_configuration_starts_nothing_in_a_whole_edit"
ESCAPES = "hostile/test_display.py::test_a_sequence_is_shown_escaped_and_the_text_after_it_kept"
ON_SCREEN = "ui/test_hostile_display.py::test_escape_sequences_are_shown_and_never_sent"

HOSTILE = (
    line(
        42,
        "../x, absolute paths",
        f"{MODEL}::test_no_path_leads_out_of_the_repository",
        "apply/test_paths.py::test_unsafe_paths_are_refused",
        "repo/test_hostile.py::test_a_path_outside_the_repository_is_refused",
    ),
    line(
        43,
        ".git in every spelling",
        f"{MODEL}::test_no_path_leads_out_of_the_repository",
        "apply/test_paths.py::test_unsafe_paths_are_refused",
    ),
    line(
        44,
        "symlinked parent",
        "apply/test_writer.py::test_a_symlinked_folder_is_refused",
        "repo/test_hostile.py::test_links_are_not_followed",
        f"{MODEL}::test_no_path_leads_out_of_the_repository",
    ),
    line(
        45,
        "folder swapped for a link",
        "apply/test_races.py::test_a_folder_replaced_by_a_link_meanwhile_is_detected",
        "apply/test_kill.py::test_a_folder_swapped_for_a_link_after_the_death_is_named",
    ),
    line(46, "core.fsmonitor", f"{NO_PROGRAM}[core.fsmonitor]", WHOLE_EDIT),
    line(
        47,
        "filter.clean",
        f"{NO_PROGRAM}[filter.trap.clean]",
        WHOLE_EDIT,
        "repo/test_hostile.py::test_a_filtered_file_is_compared_by_its_stat_data",
        "apply/test_commit.py::test_no_hook_filter_or_signing_program_runs",
    ),
    line(
        48,
        "filter.smudge",
        f"{NO_PROGRAM}[filter.trap.smudge]",
        WHOLE_EDIT,
        "checks/test_check_runner.py::test_hostile_git_configuration_runs_nothing",
    ),
    line(
        49,
        "diff.external, hooks, include.path, gpg, pager",
        NO_PROGRAM,
        WHOLE_EDIT,
        "repo/test_hostile.py::test_hooks_do_not_run",
    ),
    line(
        50,
        "embedded bare repository",
        "repo/test_hostile.py::test_an_embedded_bare_repository_is_refused",
    ),
    line(
        51,
        "commondir of another repository",
        f"{STATES}[_borrowed-another repository]",
        "hostile/test_repository.py::"
        "test_a_chain_of_worktrees_is_told_apart_from_a_borrowed_repository",
    ),
    line(
        52,
        "configuration or .env before trust",
        "hostile/test_trust.py::test_no_settings_of_the_repository_count_and_no_secret_is_opened",
    ),
    line(
        53,
        "configuration changed after trust",
        "hostile/test_trust.py::test_a_changed_makefile_asks_again",
        "checks/test_consent.py::test_a_command_asks_again_once_what_suggested_it_has_changed",
    ),
    line(
        54,
        "./git in the tree, . in PATH",
        "repo/test_hostile.py::test_a_git_inside_the_working_tree_is_not_run",
        "repo/test_hostile.py::test_a_link_to_a_git_inside_the_working_tree_is_refused",
    ),
)

SHOWN = (
    line(
        55,
        "OSC 52 from a file, the model, a test",
        ON_SCREEN,
        f"{ESCAPES}[OSC 52]",
        "ui/test_file_screen.py::test_control_characters_are_visible_and_kept",
        "headless/test_report.py::test_escapes_and_markup_are_shown_not_obeyed",
        "headless/test_progress.py::test_an_answer_is_written_as_it_comes_and_made_harmless",
    ),
    line(
        56,
        "CSI, OSC 8, C1, unterminated",
        ESCAPES,
        "hostile/test_display.py::test_no_text_has_a_live_character_left",
    ),
    line(
        57,
        "escapes in names, branches, subjects",
        "ui/test_hostile_display.py::test_a_file_name_cannot_send_escape_sequences",
        "hostile/test_display.py::test_a_branch_cannot_turn_the_head_line_around",
        "hostile/test_bytes.py::test_odd_names_are_edited_undone_and_committed",
    ),
    line(
        58,
        "bidi, zero width, tags",
        f"{ESCAPES}[bidi]",
        f"{ESCAPES}[zero width]",
        f"{ESCAPES}[tags]",
        ON_SCREEN,
    ),
    line(59, "[/ and [b + are no markup", ON_SCREEN),
    line(
        60,
        "orders in a README",
        f"{MODEL}::test_orders_in_a_readme_start_no_program_and_write_nothing",
    ),
    line(
        61,
        ".env or a key selected",
        "ui/test_secrets_on_screen.py::test_a_task_with_secrets_selected_asks_once",
        "ui/test_secrets_on_screen.py::test_secrets_are_not_read_ahead_before_the_yes",
        "cli/test_secrets.py::test_without_a_terminal_secrets_need_the_option",
        "cli/test_secrets.py::test_at_a_terminal_it_is_a_question",
        "cli/test_plain.py::test_a_file_for_secrets_is_asked_for",
    ),
    line(62, "link to a key outside", f"{MODEL}::test_a_link_to_a_key_outside_is_not_read"),
    line(
        63,
        "logs and undo store",
        f"{MODEL}::test_what_is_stored_is_for_the_user_alone",
        "apply/test_history.py::test_the_store_is_private",
        "sessions/test_store.py::test_folders_and_files_are_private_whatever_they_were",
        "sessions/test_redaction.py::"
        "test_the_file_has_the_key_only_in_the_proposal_and_the_story_not_at_all",
    ),
)
