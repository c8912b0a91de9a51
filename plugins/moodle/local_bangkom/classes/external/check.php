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

namespace local_bangkom\external;

use core_external\{external_function_parameters, external_multiple_structure, external_single_structure, external_value};
use local_bangkom\{bridge, outbox, setup};

/**
 * How this site is: versions, rights, clock, cron, block list, and what waits.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class check extends action {
    /**
     * Nothing is asked.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters() {
        return new external_function_parameters([]);
    }

    /**
     * What is answered.
     *
     * @return external_single_structure
     */
    public static function execute_returns() {
        return new external_single_structure([
            'release' => new external_value(PARAM_RAW, 'The release of Moodle, in words'),
            'version' => new external_value(PARAM_RAW, 'The version of Moodle'),
            'plugin_version' => new external_value(PARAM_RAW, 'The version of local_bangkom'),
            'time' => new external_value(PARAM_INT, 'The clock of this machine'),
            'cron_last' => new external_value(PARAM_INT, 'When cron ran last, 0 for never'),
            'site_url' => new external_value(PARAM_URL, 'The address of this site'),
            'missing_capabilities' => new external_multiple_structure(
                new external_value(PARAM_CAPABILITY, 'A capability that the caller needs and has not')
            ),
            'curl_blocked' => new external_value(PARAM_BOOL, 'Whether the cURL block list forbids the address of the bridge'),
            'idnumber_locked' => new external_value(PARAM_BOOL, 'Whether nobody may edit their own ID number, the NIP'),
            'lti_pending' => new external_value(PARAM_INT, 'External tools that wait for an administrator'),
            'outbox_waiting' => new external_value(PARAM_INT, 'Facts that wait'),
            'outbox_oldest' => new external_value(PARAM_INT, 'Seconds that the oldest of them has waited'),
            'outbox_parked' => new external_value(PARAM_INT, 'Facts that were put aside'),
        ]);
    }

    /**
     * Tell.
     *
     * @return array
     */
    public static function execute(): array {
        global $CFG, $DB;
        self::let_in();
        $counts = outbox::counts();
        return [
            'release' => $CFG->release,
            'version' => (string)$CFG->version,
            'plugin_version' => (string)get_config('local_bangkom', 'version'),
            'time' => time(),
            'cron_last' => (int)get_config('tool_task', 'lastcronstart'),
            'site_url' => $CFG->wwwroot,
            'missing_capabilities' => setup::missing(),
            'curl_blocked' => bridge::of_settings()->is_blocked(),
            'idnumber_locked' => setup::idnumber_locked(),
            'lti_pending' => $DB->get_manager()->table_exists('lti_types')
                ? $DB->count_records('lti_types', ['state' => 2])
                : 0,
            'outbox_waiting' => $counts['waiting'],
            'outbox_oldest' => outbox::lag(),
            'outbox_parked' => $counts['parked'],
        ];
    }
}
