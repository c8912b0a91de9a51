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

use core_external\{external_api, external_function_parameters, external_multiple_structure, external_single_structure};
use core_external\external_value;

/**
 * What all actions of Bangkom have in common: who may call them, rows in, a result for each row out.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
abstract class action extends external_api {
    /**
     * What is asked.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters() {
        return new external_function_parameters([
            'rows' => new external_value(PARAM_RAW, 'A JSON array of at most 500 rows'),
        ]);
    }

    /**
     * What is answered.
     *
     * @return external_single_structure
     */
    public static function execute_returns() {
        return new external_single_structure([
            'results' => new external_multiple_structure(new external_single_structure([
                'key' => new external_value(PARAM_RAW, 'The key of the row'),
                'result' => new external_value(PARAM_ALPHA, 'done, refused or failed'),
                'code' => new external_value(PARAM_RAW, 'Why not, as a stable word'),
            ])),
        ]);
    }

    /**
     * Let in who may connect, and nobody else.
     */
    protected static function let_in(): void {
        $context = \context_system::instance();
        self::validate_context($context);
        require_capability('local/bangkom:connect', $context);
    }

    /**
     * Check the call and answer its rows.
     *
     * @param string $rows
     * @param string[] $needed
     * @param \Closure $work
     * @return array
     */
    protected static function answer(string $rows, array $needed, \Closure $work): array {
        ['rows' => $rows] = self::validate_parameters(static::execute_parameters(), ['rows' => $rows]);
        self::let_in();
        return ['results' => \local_bangkom\batch::run($rows, $needed, $work)];
    }

    /**
     * Which of these courses the caller may not do this in.
     *
     * @param array $courses things with an id of a course, by name
     * @param string $capability
     * @param string $field which has the id
     * @return array with the code lms.not_allowed in place of those
     */
    protected static function allowed(array $courses, string $capability, string $field): array {
        foreach ($courses as $name => $course) {
            if (is_object($course) && !has_capability($capability, \context_course::instance($course->$field))) {
                $courses[$name] = 'lms.not_allowed';
            }
        }
        return $courses;
    }
}
