//! The storage suite: what every database behind [`Store`](grantor_store::Store) must do, written once and run for each.
//!
//! Owns: every aggregate, every command of the writer, the change feed, short-lived data. Does not own: rules about them.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that fails")]

mod account;
mod attempts;
mod changes;
mod clients;
mod codes;
mod consents;
mod database;
mod ephemeral;
mod expiry;
mod grants;
mod keys;
mod leases;
mod migrations;
mod people;
mod plans;
mod realms;
mod records;
mod redis;
mod references;
mod revocations;
mod sessions;
mod signing_keys;
mod writer;

/// A test for each function of the suite, on a database that `$open` opens.
macro_rules! suite {
    ($open:path: $($file:ident { $($name:ident)+ })+) => {
        $(mod $file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                crate::$file::$name(&$open().await).await;
            })+
        })+
    };
}

/// Everything each database is held to.
macro_rules! on {
    ($database:ident, $open:path) => {
        mod $database {
            suite! { $open:
                account { sessions_end_for_their_user_alone a_withdrawn_consent_takes_codes_and_grants_along
                    a_link_is_used_once_in_its_time_for_its_purpose a_password_is_changed_from_the_one_that_was_looked_at }
                attempts { an_account_takes_so_many_attempts_and_then_waits_longer_and_longer
                    of_two_hundred_tasks_as_many_as_the_limit_may_try
                    a_session_gives_back_the_attempts_of_its_account_alone
                    a_name_is_a_user_name_before_it_is_an_address }
                changes { the_feed_tells_every_change_once a_change_that_is_committed_late_is_told
                    what_was_deleted_unread_is_missed numbers_of_another_server_are_put_in_order undone_writes_announce_nothing }
                clients { a_name_is_nothing_in_another_realm_or_in_another_place
                    a_client_is_found_by_both_names_with_secrets_and_resource_server
                    saving_again_replaces_and_never_takes_another_s_name secrets_are_kept_expired_and_marked_as_used
                    a_credential_comes_with_its_resource_server origins_are_those_of_the_record }
                codes { a_code_is_found_as_it_was_stored_and_only_in_its_realm a_code_is_redeemed_once_and_a_replay_revokes
                    a_code_that_is_not_live_here_makes_and_ends_nothing
                    of_a_hundred_tasks_that_redeem_one_code_one_wins wrong_verifiers_count_until_the_code_is_redeemed
                    a_code_stands_on_the_consent_it_needs }
                consents { a_consent_grows_and_belongs_to_one_user_and_client }
                expiry { what_is_over_is_deleted_and_nothing_else much_that_is_over_is_deleted_some_at_a_time
                    of_old_changes_the_last_one_stays }
                grants { a_grant_is_found_as_it_was_stored_and_only_in_its_realm a_grant_stands_on_the_consent_it_needs
                    a_use_is_judged_and_written_in_one_unit a_use_means_one_realm_s_grant_of_a_user_who_is_there
                    of_a_hundred_tasks_that_use_one_token_one_moves_the_family
                    what_hangs_on_a_session_dies_with_it nothing_hangs_on_a_session_that_was_ended_before }
                keys { a_purpose_has_one_data_key everything_is_sealed_anew_or_nothing_is
                    nothing_is_stored_under_a_master_key_that_was_left_behind }
                leases { a_lease_is_kept_by_its_holder_until_it_is_over of_a_hundred_holders_one_gets_the_lease }
                people { a_user_is_found_by_id_and_by_name_without_case a_password_stays_until_another_is_given }
                realms { a_realm_is_found_by_its_key_and_by_the_root
                    a_role_is_held_directly_and_by_a_group }
                references { a_list_holds_what_lives_newest_first_and_page_by_page what_a_revocation_ends_is_listed_no_more
                    a_principal_narrows_the_list }
                revocations { a_revocation_is_widened_and_never_narrowed revoking_a_grant_marks_it
                    all_of_them_are_listed_a_page_at_a_time changes_find_theirs_all_at_once }
                signing_keys { a_key_follows_one_that_no_other_follows
                    of_a_hundred_tasks_that_make_the_next_key_one_does
                    a_key_answers_for_its_tokens_until_it_is_retired
                    a_revoked_key_is_gone_at_once_and_its_replacement_there
                    of_two_revocations_at_once_neither_makes_a_followed_key_sign }
                sessions { a_session_ends_once_and_is_not_touched_afterwards
                    a_session_begins_while_the_password_it_was_proven_by_is_the_stored_one signing_in_again_ends_the_former_session
                    a_session_past_its_absolute_end_is_nothing_to_end }
                writer { a_failing_command_fails_alone an_error_that_is_no_constraint_writes_nothing_of_its_group
                    a_full_queue_refuses_at_once background_writes_leave_room_for_others a_write_is_done_though_its_caller_went_away
                    a_half_done_command_is_undone every_round_trip_is_counted
                    a_long_management_write_does_not_stand_before_applications }
            }
        }
    };
}

on!(sqlite_on_disk, crate::database::sqlite);
on!(postgresql, crate::database::postgres);

/// Everything each implementation of short-lived data is held to.
macro_rules! short_lived {
    ($suite:ident, $implementation:ident, $open:path) => {
        mod $implementation {
            $suite! { $open:
                ephemeral { a_value_lives_until_its_end_and_is_replaced_whole a_value_is_taken_by_one
                    a_free_place_is_had_by_one a_counter_counts_every_caller_and_begins_again
                    a_counter_and_a_value_have_one_place }
            }
        }
    };
}

/// The same where the machine may have no such thing: then nothing is done, and said.
macro_rules! suite_where_there_is_one {
    ($open:path: $($file:ident { $($name:ident)+ })+) => {
        $(mod $file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                if let Some(opened) = $open().await {
                    crate::$file::$name(&opened).await;
                }
            })+
        })+
    };
}

short_lived!(suite, ephemeral_in_sql, crate::ephemeral::sql);
short_lived!(suite, ephemeral_in_postgresql, crate::ephemeral::postgres);
short_lived!(suite, ephemeral_in_memory, crate::ephemeral::memory);
short_lived!(suite_where_there_is_one, ephemeral_in_redis, crate::ephemeral::redis);

/// Where nothing is deleted unless somebody does.
macro_rules! swept {
    ($implementation:ident, $open:path) => {
        mod $implementation {
            suite! { $open: ephemeral { what_is_over_is_deleted_and_the_rest_stays } }
        }
    };
}

swept!(sweep_of_sql, crate::ephemeral::sql);
swept!(sweep_of_postgresql, crate::ephemeral::postgres);
swept!(sweep_of_memory, crate::ephemeral::memory);
