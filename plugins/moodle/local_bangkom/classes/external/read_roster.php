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

use core_external\{external_single_structure, external_value};

/**
 * Who is enrolled in a course, and how. People without a NIP are left out.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class read_roster extends page {
    /**
     * One enrolment.
     *
     * @return external_single_structure
     */
    protected static function item(): external_single_structure {
        return new external_single_structure([
            'id' => new external_value(PARAM_INT, 'The id of the enrolment'),
            'nip' => new external_value(PARAM_RAW, 'The NIP'),
            'method' => new external_value(PARAM_ALPHA, 'bangkom or other'),
            'active' => new external_value(PARAM_BOOL, 'Whether it gives entry now'),
        ]);
    }

    /**
     * The enrolments after an id.
     *
     * @param \stdClass $course
     * @param int $after
     * @param int $limit
     * @return array
     */
    protected static function items(\stdClass $course, int $after, int $limit): array {
        global $DB;
        $sql = "SELECT ue.id, u.idnumber, e.enrol, ue.status, ue.timestart, ue.timeend, e.status AS hidden, u.suspended
                  FROM {user_enrolments} ue
                  JOIN {enrol} e ON e.id = ue.enrolid
                  JOIN {user} u ON u.id = ue.userid
                 WHERE e.courseid = :course AND ue.id > :after AND u.deleted = 0 AND u.idnumber <> ''
              ORDER BY ue.id";
        $rows = $DB->get_records_sql($sql, ['course' => $course->id, 'after' => $after], 0, $limit);
        $now = time();
        return array_values(array_map(fn($row) => [
            'id' => (int)$row->id,
            'nip' => $row->idnumber,
            'method' => $row->enrol === 'bangkom' ? 'bangkom' : 'other',
            'active' => !$row->status && !$row->hidden && !$row->suspended
                && $row->timestart <= $now && (!$row->timeend || $row->timeend > $now),
        ], $rows));
    }
}
