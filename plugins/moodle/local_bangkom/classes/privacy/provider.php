<?php
// This file is part of Bangkom - competence development beside an LMS.
//
// Bangkom is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Bangkom is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Bangkom.  If not, see <http://www.gnu.org/licenses/>.

namespace local_bangkom\privacy;

use core_privacy\local\metadata\collection;
use core_privacy\local\request\{approved_contextlist, approved_userlist, contextlist, transform, userlist, writer};
use local_bangkom\outbox;

/**
 * What is kept of people, and what Bangkom is told of them.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class provider implements
    \core_privacy\local\metadata\provider,
    \core_privacy\local\request\core_userlist_provider,
    \core_privacy\local\request\plugin\provider {
    /**
     * What is kept and told.
     *
     * @param collection $collection
     * @return collection
     */
    public static function get_metadata(collection $collection): collection {
        $collection->add_database_table(outbox::TABLE, [
            'userid' => 'privacy:metadata:outbox:userid',
            'body' => 'privacy:metadata:outbox:body',
            'state' => 'privacy:metadata:outbox:state',
            'code' => 'privacy:metadata:outbox:code',
            'timecreated' => 'privacy:metadata:outbox:timecreated',
            'timesettled' => 'privacy:metadata:outbox:timesettled',
        ], 'privacy:metadata:outbox');
        $collection->add_external_location_link('bridge', [
            'nip' => 'privacy:metadata:bridge:nip',
            'course' => 'privacy:metadata:bridge:course',
            'module' => 'privacy:metadata:bridge:module',
            'score' => 'privacy:metadata:bridge:score',
            'time' => 'privacy:metadata:bridge:time',
            'suspended' => 'privacy:metadata:bridge:suspended',
        ], 'privacy:metadata:bridge');
        return $collection;
    }

    /**
     * The contexts with something about a person: their own.
     *
     * @param int $userid
     * @return contextlist
     */
    public static function get_contexts_for_userid(int $userid): contextlist {
        $contextlist = new contextlist();
        $sql = "SELECT c.id
                  FROM {context} c
                 WHERE c.contextlevel = :level AND c.instanceid = :userid
                       AND EXISTS (SELECT 1 FROM {local_bangkom_outbox} o WHERE o.userid = c.instanceid)";
        $contextlist->add_from_sql($sql, ['level' => CONTEXT_USER, 'userid' => $userid]);
        return $contextlist;
    }

    /**
     * The people with something in a context.
     *
     * @param userlist $userlist
     */
    public static function get_users_in_context(userlist $userlist) {
        $context = $userlist->get_context();
        if ($context instanceof \context_user) {
            $sql = "SELECT userid FROM {local_bangkom_outbox} WHERE userid = ?";
            $userlist->add_from_sql('userid', $sql, [$context->instanceid]);
        }
    }

    /**
     * Give a person what is kept about them.
     *
     * @param approved_contextlist $contextlist
     */
    public static function export_user_data(approved_contextlist $contextlist) {
        global $DB;
        $userid = $contextlist->get_user()->id;
        foreach ($contextlist->get_contexts() as $context) {
            if (!($context instanceof \context_user) || $context->instanceid != $userid) {
                continue;
            }
            $states = array_flip(outbox::STATES);
            $facts = [];
            foreach ($DB->get_records(outbox::TABLE, ['userid' => $userid], 'id') as $row) {
                $facts[] = (object)[
                    'body' => json_decode($row->body),
                    'state' => get_string('state_' . $states[$row->state], 'local_bangkom'),
                    'code' => $row->code,
                    'timecreated' => transform::datetime($row->timecreated),
                    'timesettled' => $row->timesettled ? transform::datetime($row->timesettled) : '',
                ];
            }
            writer::with_context($context)->export_data([get_string('pluginname', 'local_bangkom')], (object)['facts' => $facts]);
        }
    }

    /**
     * Delete everything in a context.
     *
     * @param \context $context
     */
    public static function delete_data_for_all_users_in_context(\context $context) {
        if ($context instanceof \context_user) {
            self::delete($context->instanceid);
        }
    }

    /**
     * Delete what is kept about a person.
     *
     * @param approved_contextlist $contextlist
     */
    public static function delete_data_for_user(approved_contextlist $contextlist) {
        $userid = $contextlist->get_user()->id;
        foreach ($contextlist->get_contexts() as $context) {
            if ($context instanceof \context_user && $context->instanceid == $userid) {
                self::delete($userid);
            }
        }
    }

    /**
     * Delete what is kept about people.
     *
     * @param approved_userlist $userlist
     */
    public static function delete_data_for_users(approved_userlist $userlist) {
        $context = $userlist->get_context();
        if ($context instanceof \context_user && in_array($context->instanceid, $userlist->get_userids())) {
            self::delete($context->instanceid);
        }
    }

    /**
     * Delete the facts about a person, told or not.
     *
     * @param int $userid
     */
    private static function delete(int $userid): void {
        global $DB;
        $DB->delete_records(outbox::TABLE, ['userid' => $userid]);
    }
}
