"""Lines 64 to 104: faults while files are written, terminals, models and the user's tests."""

from tests.hostile.inputs import PROTECTED, REFUSED
from tests.hostile.line import line

REAL = "hostile/test_faults_for_real.py"
INJECTED = "apply/test_faults.py::test_a_single_failing_call_leaves_all_old_or_all_new"
TERMINAL = "hostile/test_terminal.py"
LIVES = f"{TERMINAL}::test_it_stops_goes_on_is_resized_and_terminates"
CHECKS = "hostile/test_checks.py"

APPLY = (
    line(
        64,
        "SIGKILL at every system call",
        "hostile/test_kill_at_every_call.py::"
        "test_a_kill_at_any_system_call_leaves_all_old_or_all_new",
        "apply/test_kill.py::test_death_at_any_call_leaves_all_old_or_all_new",
        "apply/test_kill.py::test_death_during_recovery_is_recovered_too",
        "apply/test_kill.py::test_what_someone_else_changed_after_the_death_is_named_and_kept",
        "apply/test_kill.py::test_a_real_kill_signal",
    ),
    line(
        65,
        "disk full, short write",
        f"{REAL}::test_a_full_disk_leaves_everything",
        f"{REAL}::test_a_quota_that_ends_at_any_write_leaves_everything",
        "apply/test_faults.py::test_short_writes_are_continued",
        INJECTED,
        REFUSED,
    ),
    line(
        66,
        "file size limit, quota",
        "apply/test_machines.py::test_a_file_size_limit_leaves_everything",
        f"{REAL}::test_a_quota_that_ends_at_any_write_leaves_everything",
    ),
    line(67, "EIO on fsync", "apply/test_machines.py::test_a_real_failing_fsync", INJECTED),
    line(
        68,
        "EXDEV",
        f"{REAL}::test_a_rename_across_devices_leaves_everything",
        f"{REAL}::test_another_file_system_below_or_beside_the_tree_makes_no_difference",
    ),
    line(69, "read-only file", *PROTECTED),
    line(
        70,
        "read-only folder or mount",
        f"{REAL}::test_a_read_only_mount_leaves_everything",
        "apply/test_machines.py::test_a_read_only_folder_leaves_everything",
    ),
    line(
        71,
        "out of descriptors",
        f"{REAL}::test_without_descriptors_left_all_is_old_or_all_is_new",
        INJECTED,
    ),
    line(
        72,
        "edited during review",
        "apply/test_stale_reviews.py::test_a_stale_review_is_made_again_and_then_written",
        "ui/test_stale_reviews_on_screen.py::"
        "test_hunks_carry_over_to_the_changed_file_and_are_written",
        "ui/test_stale_reviews_on_screen.py::test_a_conflict_is_shown_and_left_to_the_user",
    ),
    line(
        73,
        "edited between recheck and rename",
        "apply/test_races.py::test_bytes_saved_right_before_the_rename_survive",
        "apply/test_races.py::test_a_file_edited_while_its_replacement_is_written_survives",
        "apply/test_races.py::test_bytes_saved_during_a_rollback_survive",
    ),
    line(
        74,
        "deleted, or branch switched",
        "hostile/test_repository.py::"
        "test_a_branch_that_was_switched_meanwhile_makes_the_proposal_stale",
        "apply/test_races.py::test_a_file_deleted_right_before_the_exchange_stays_deleted",
        "apply/test_commit.py::test_a_branch_that_moved_meanwhile_is_not_overwritten",
    ),
    line(
        75,
        "two instances",
        "hostile/test_refusals_on_screen.py::"
        "test_a_second_instance_waits_while_the_first_one_writes",
        "apply/test_writer.py::test_a_second_instance_waits_and_then_fails",
        "apply/test_writer.py::test_concurrent_threads_are_serialized",
    ),
    line(
        76,
        "undo after the user's edit",
        "ui/test_undo_and_commit.py::test_undo_asks_before_it_keeps_later_edits",
        "apply/test_merging.py::test_undo_with_a_merge_keeps_later_edits",
        "apply/test_merging.py::test_undo_with_a_merge_is_refused_on_a_conflict",
    ),
    line(
        77,
        "undo object missing or corrupt",
        "apply/test_history.py::test_undo_is_refused_when_stored_content_is_missing_or_damaged",
    ),
    line(
        78,
        "files created since",
        "apply/test_writer.py::test_undo_keeps_a_folder_with_other_files",
        "apply/test_writer.py::test_only_accepted_changes_are_recorded_for_undo",
    ),
    line(
        79,
        "undo from a subdirectory",
        "hostile/test_unruly_model.py::test_undo_from_a_folder_below_leaves_its_siblings_alone",
    ),
    line(
        80,
        "state directory unwritable",
        f"{REAL}::test_a_read_only_state_folder_disables_writing",
        "apply/test_machines.py::test_a_read_only_state_directory_disables_apply",
        REFUSED,
    ),
)

PROCESS = (
    line(
        81,
        "cancel during generation",
        "ui/test_tasks_on_screen.py::test_escape_stops_a_task_within_a_second",
        "hostile/test_display.py::test_an_answer_that_is_stopped_stays_and_is_marked",
        "engine/test_decoding.py::test_a_cancel_during_generation_takes_one_forward_at_most",
    ),
    line(
        82,
        "interrupt during apply",
        "hostile/test_signals.py::test_a_signal_during_a_write_lets_it_finish",
        "apply/test_faults.py::test_an_interrupted_apply_completes_or_rolls_back",
    ),
    line(
        83,
        "SIGTERM",
        LIVES,
        "headless/test_interrupt.py::test_the_first_signal_cancels_and_the_second_ends",
    ),
    line(
        84,
        "hangup",
        f"{TERMINAL}::test_a_terminal_that_goes_away_ends_it_with_all_its_children",
        "sessions/test_file.py::test_a_killed_process_loses_at_most_the_line_that_it_was_writing",
    ),
    line(85, "stop and continue", LIVES),
    line(
        86,
        "1x1 and a storm of resizes",
        LIVES,
        "ui/test_hostile_display.py::test_the_app_survives_any_terminal_size",
    ),
    line(
        87,
        "TERM=dumb, NO_COLOR, LANG=C, no terminal",
        f"{TERMINAL}::test_it_works_where_the_terminal_knows_little",
        "cli/test_usage.py::test_usage_errors_are_one_line_with_a_hint_and_code_2",
        "cli/test_streams.py::test_what_the_locale_cannot_show_is_escaped",
        "headless/test_progress.py::test_a_dumb_terminal_gets_plain_lines",
    ),
    line(
        88,
        "tmux, lost ssh",
        f"{TERMINAL}::test_it_survives_a_detached_tmux_and_ends_with_it",
        f"{TERMINAL}::test_a_terminal_that_goes_away_ends_it_with_all_its_children",
    ),
    line(
        89,
        "1 MB paste",
        "ui/test_hostile_display.py::test_a_paste_of_a_megabyte_is_attached_at_once",
    ),
    line(
        90,
        "reserved Windows names",
        "apply/test_paths.py::test_reserved_names_are_refused_for_new_files",
    ),
)

WEIGHTS = (
    line(
        91,
        "missing directory",
        "models/test_store.py::test_a_missing_path_is_reported",
        "engine/test_client.py::test_a_missing_model_is_a_model_error",
        "cli/test_outcomes.py::test_an_unknown_model_is_code_3",
    ),
    line(
        92,
        "truncated, flipped byte, LFS pointer",
        "models/test_formats.py::test_anything_else_is_refused_with_a_reason",
        "models/test_formats.py::test_an_unusable_folder_is_refused",
        "models/test_convert.py::test_a_truncated_gguf_file_is_refused",
        "models/test_store.py::test_damage_is_reported_with_a_hint",
        "models/test_pull.py::test_a_wrong_hash_deletes_only_the_partial_file",
        "models/test_pull_from_hub.py::test_a_corrupt_file_in_the_hubs_cache_is_detected",
        "engine/test_torch_backend.py::test_truncated_weights_are_an_error",
    ),
    line(
        93,
        "pickle weights",
        "models/test_formats.py::test_anything_else_is_refused_with_a_reason",
        "models/test_convert.py::test_an_unusable_folder_is_refused",
    ),
    line(
        94,
        "auto_map, code in a config",
        "models/test_convert.py::test_an_unusable_folder_is_refused",
        "models/test_formats.py::test_an_unusable_folder_is_refused",
    ),
    line(
        95,
        "hostile chat template",
        "engine/test_chat.py::test_a_hostile_template_is_an_error_within_limits",
        "engine/test_chat.py::test_limits_are_restored",
    ),
    line(
        96,
        "GPU out of memory",
        "hostile/test_memory.py::test_the_caches_are_dropped_and_the_next_request_works",
        "hostile/test_display.py::test_after_out_of_memory_the_next_question_is_answered",
        "engine/test_torch_backend.py::test_a_failure_leaves_the_cache_unchanged",
        "engine/test_protocol.py::test_errors_survive",
    ),
    line(
        97,
        "worker killed",
        "engine/test_client.py::test_a_killed_worker_is_reported_and_the_next_request_works",
        "engine/test_process.py::test_misbehaviour_is_an_error_and_leaves_no_process",
    ),
    line(
        98,
        "context overflow",
        "engine/test_decoding.py::test_an_overflow_reports_prompt_reply_and_limit_before_any_work",
        "tasks/test_edit.py::test_a_prompt_that_leaves_no_room_is_refused_rather_than_cut",
        "context/test_narrowing.py::"
        "test_selected_units_over_the_budget_are_an_error_that_says_what_to_do",
    ),
    line(
        99,
        "NaN logits",
        "engine/test_decoding.py::test_nan_logits_are_an_error",
        "engine/test_torch_backend.py::test_non_finite_logits_are_an_error",
    ),
)

USERS_TESTS = (
    line(
        100,
        "hang, fork bomb, 1 GB of output",
        "checks/test_check_runner.py::test_a_hanging_command_ends_at_the_timeout",
        "checks/test_isolation.py::test_a_fork_bomb_ends_at_the_timeout",
        f"{CHECKS}::test_a_gigabyte_of_output_takes_little_memory",
    ),
    line(
        101,
        "rm -rf of the repository",
        f"{CHECKS}::test_removing_the_repository_and_its_git_folder_does_nothing",
        "checks/test_isolation.py::test_writing_outside_is_refused",
        "checks/test_check_runner.py::test_a_command_may_delete_its_working_folder",
    ),
    line(
        102,
        "network, ~/.ssh",
        f"{CHECKS}::test_keys_agents_and_the_network_are_out_of_reach",
        "checks/test_isolation.py::test_the_network_is_not_accessible",
        "checks/test_isolation.py::test_the_home_folder_is_hidden",
    ),
    line(
        103,
        "daemon left behind",
        f"{CHECKS}::test_a_daemon_that_closes_everything_and_renames_itself_is_gone",
        "checks/test_check_runner.py::test_a_daemon_left_behind_is_killed",
        "checks/test_isolation.py::test_no_process_is_left_when_the_supervisor_is_killed",
    ),
    line(
        104,
        "no sandbox to be had",
        "hostile/test_trust.py::"
        "test_without_a_sandbox_earlier_consent_does_not_count_and_the_question_says_so",
        "headless/test_consent.py::test_a_consent_under_a_sandbox_is_none_without_it",
        "checks/test_sandbox.py::test_without_bubblewrap_the_next_best_confinement_is_chosen",
    ),
)
