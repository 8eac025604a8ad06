"""Lines 1 to 41: repositories, bytes, and what the model may write."""

from tests.hostile.line import line

STATES = "hostile/test_repository.py::test_a_repository_that_cannot_be_used_is_told_in_one_line"
BYTES = "hostile/test_bytes.py::test_only_the_line_that_changes_has_other_bytes"
ODD = "hostile/test_bytes.py::test_what_cannot_be_edited_is_told_at_once"
REFUSED = "hostile/test_refusals_on_screen.py::test_a_refused_write_keeps_files_index_and_proposal"
UNSAFE = "apply/test_writer.py::test_an_unsafe_change_is_refused_and_changes_nothing"
PROTECTED = (
    "hostile/test_bytes.py::test_a_protected_file_is_refused_without_a_terminal",
    "hostile/test_bytes.py::test_a_protected_file_is_written_after_a_question",
    "hostile/test_bytes.py::test_all_protected_files_are_named_at_once",
    "hostile/test_refusals_on_screen.py::test_a_protected_file_is_asked_for",
)

REPOSITORY = (
    line(1, "not a repository", f"{STATES}[_no_repository-not inside a git repository]"),
    line(
        2, "bare", f"{STATES}[_bare-no working tree]", "cli/test_usage.py::test_a_bare_repository"
    ),
    line(
        3,
        "no commit yet",
        "cli/test_usage.py::test_a_repository_without_a_commit_works",
        "repo/test_git.py::test_a_repository_without_a_commit_has_a_snapshot",
        "apply/test_commit.py::test_the_first_commit_of_a_repository",
    ),
    line(
        4,
        "detached HEAD",
        "repo/test_git.py::test_a_detached_head_has_no_branch",
        "apply/test_commit.py::test_a_detached_head_is_reported",
    ),
    line(
        5,
        "merge or rebase under way",
        "apply/test_commit.py::test_a_refused_commit_changes_neither_refs_nor_index",
        "apply/test_writer.py::test_a_file_with_a_merge_conflict_is_refused",
    ),
    line(
        6,
        "unmerged file",
        "apply/test_writer.py::test_a_file_with_a_merge_conflict_is_refused",
        REFUSED,
    ),
    line(
        7,
        "linked worktree",
        "repo/test_git.py::test_a_linked_worktree_is_separate",
        "hostile/test_repository.py::test_a_linked_worktree_has_a_history_and_commits_of_its_own",
    ),
    line(
        8,
        "submodule",
        "hostile/test_repository.py::test_a_file_of_a_submodule_is_only_read",
        "repo/test_hostile.py::test_a_submodule_that_is_not_checked_out_is_recognized",
        UNSAFE,
    ),
    line(
        9,
        "sparse checkout",
        "repo/test_git.py::test_a_file_outside_the_sparse_checkout_is_not_deleted",
        "hostile/test_repository.py::test_what_a_sparse_checkout_leaves_out_stays_in_the_commit",
    ),
    line(10, "partial clone", "repo/test_hostile.py::test_reading_a_partial_clone_fetches_nothing"),
    line(
        11,
        "100,000 files",
        "hostile/test_repository.py::test_a_hundred_thousand_files_are_bounded_and_never_added",
        "hostile/test_repository.py::test_a_task_on_a_hundred_thousand_files_can_be_cancelled",
        "ui/test_tasks_on_screen.py::test_a_task_that_does_not_stop_is_abandoned",
    ),
    line(
        12,
        "home directory or /",
        "cli/test_usage.py::test_the_home_directory_is_not_taken_for_a_repository_that_is_meant",
        "hostile/test_repository.py::"
        "test_the_interface_asks_before_it_works_on_a_whole_home_directory",
    ),
    line(
        13,
        "index.lock",
        "hostile/test_repository.py::"
        "test_a_commit_beside_a_lock_leaves_the_lock_and_everything_else",
        "hostile/test_repository.py::"
        "test_a_lock_does_not_keep_the_program_from_reading_and_writing",
        "apply/test_commit.py::test_an_index_locked_meanwhile_is_reported",
    ),
    line(
        14,
        "corrupt index or object",
        f"{STATES}[_corrupt_index-git ls-files failed]",
        f"{STATES}[_corrupt_commit-missing or damaged]",
        "repo/test_hostile.py::test_a_damaged_object_is_an_error_rather_than_a_missing_file",
    ),
    line(
        15,
        "foreign owner",
        "hostile/test_repository.py::"
        "test_a_foreign_owner_is_told_in_gits_words_and_never_made_safe",
    ),
)

FILES = (
    line(16, "CRLF", f"{BYTES}[crlf]", "proposal/test_splice.py::test_a_unit_is_replaced"),
    line(17, "mixed line ends", f"{BYTES}[mixed]", f"{BYTES}[mixed around]"),
    line(18, "byte order mark", f"{BYTES}[bom]"),
    line(19, "UTF-16", "hostile/test_bytes.py::test_utf16_is_refused"),
    line(20, "one cp1252 byte elsewhere", f"{BYTES}[cp1252]"),
    line(
        21,
        "no newline at the end",
        f"{BYTES}[no newline at the end]",
        "hostile/test_bytes.py::test_a_newline_at_the_end_can_be_added_and_removed",
    ),
    line(22, "empty file", "hostile/test_bytes.py::test_an_empty_file_is_filled_and_emptied_again"),
    line(23, "mode bits, attributes", "hostile/test_bytes.py::test_mode_bits_and_attributes_stay"),
    line(24, "hard link", *PROTECTED),
    line(25, "symlink", f"{ODD}[link]", UNSAFE, REFUSED),
    line(26, "binary, LFS pointer", f"{ODD}[binary]", f"{ODD}[pointer]", UNSAFE),
    line(
        27,
        "one line of 10 MB",
        f"{ODD}[one line of 10 MB]",
        "hostile/test_bytes.py::test_one_line_of_10_mb_beside_the_task_costs_little",
        "ui/test_file_values.py::test_what_cannot_be_edited_is_shown_with_the_reason",
    ),
    line(
        28,
        "name that is not UTF-8",
        "hostile/test_bytes.py::test_odd_names_are_edited_undone_and_committed",
        "apply/test_commit.py::test_names_that_are_not_utf8_are_committed",
    ),
    line(
        29,
        "newline, -x, :(glob), [b in names",
        "hostile/test_bytes.py::test_odd_names_are_edited_undone_and_committed",
        "repo/test_git.py::test_awkward_file_names_are_handled",
    ),
    line(
        30,
        "names that collide",
        "hostile/test_bytes.py::test_names_that_collide_elsewhere_are_refused",
    ),
    line(
        31,
        "fifo, device",
        f"{ODD}[fifo]",
        f"{ODD}[device]",
        "repo/test_hostile.py::test_special_files_are_never_opened",
        REFUSED,
    ),
)

MODEL = "hostile/test_unruly_model.py"
WRITTEN = (
    line(
        32,
        "placeholder for code",
        "proposal/test_omissions.py::test_placeholders_are_found",
        f"{MODEL}::test_an_answer_with_a_placeholder_is_not_written",
    ),
    line(
        33,
        "cut at the token limit",
        f"{MODEL}::test_an_answer_that_is_cut_is_not_written",
        "solving/test_answer_ends.py::test_an_insertion_that_is_cut_in_its_only_member_is_none",
    ),
    line(
        34,
        "no place, or two",
        f"{MODEL}::test_of_two_units_with_one_name_the_one_that_is_meant_is_changed",
        f"{MODEL}::test_a_unit_that_is_not_there_is_told",
        "proposal/test_splice.py::test_a_unit_from_another_version_is_rejected",
    ),
    line(35, "overlapping hunks", "proposal/test_diff.py::test_overlapping_hunks_are_rejected"),
    line(
        36,
        "hunk 2 after a rejected hunk 1",
        "review/test_decisions.py::test_a_hunk_after_a_rejected_one_lands_at_its_place",
        "proposal/test_diff.py::test_some_of_the_hunks_leave_the_rest_of_the_file_unchanged",
    ),
    line(
        37,
        "deletes over half a file",
        "ui/test_app_flow.py::test_removing_most_of_a_file_needs_confirmation",
        "headless/test_reviewers.py::test_losing_most_of_a_file_is_asked_about_again",
        "headless/test_spoken.py::test_losing_most_of_a_file_is_asked_about_again",
        f"{MODEL}::test_yes_writes_no_large_deletion_by_itself",
    ),
    line(
        38,
        "onto an existing file",
        UNSAFE,
        "tasks/test_edit.py::test_a_created_file_is_proposed_and_an_existing_one_refused",
    ),
    line(
        39,
        "a file outside the selection",
        "headless/test_report.py::test_a_file_outside_the_selection_is_flagged",
        "ui/test_diff_values.py::test_the_diff_has_a_header_for_every_file_and_hunk",
    ),
    line(40, "endless repetition", "engine/test_decoding.py::test_endless_repetition_is_stopped"),
    line(
        41,
        "a diff of 50,000 lines",
        "ui/test_hostile_display.py::test_a_diff_of_50_000_lines_responds_at_once",
        "proposal/test_diff.py::test_fifty_thousand_lines_take_seconds_at_most",
    ),
)
