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
use local_bangkom\courses;

/**
 * What the two lists of a course have in common: a course, where to go on, and how many.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
abstract class page extends action {
    /**
     * One item of the list.
     *
     * @return external_single_structure
     */
    abstract protected static function item(): external_single_structure;

    /**
     * The items after an id.
     *
     * @param \stdClass $course
     * @param int $after
     * @param int $limit
     * @return array each with an id, in the order of their ids
     */
    abstract protected static function items(\stdClass $course, int $after, int $limit): array;

    /**
     * What is asked.
     *
     * @return external_function_parameters
     */
    public static function execute_parameters() {
        return new external_function_parameters([
            'course' => new external_value(PARAM_RAW, 'The ID number of the course, else its short name'),
            'after' => new external_value(PARAM_INT, 'The next of the page before', VALUE_DEFAULT, 0),
            'limit' => new external_value(PARAM_INT, 'Items in a page, at most 500', VALUE_DEFAULT, 500),
        ]);
    }

    /**
     * What is answered.
     *
     * @return external_single_structure
     */
    public static function execute_returns() {
        return new external_single_structure([
            'items' => new external_multiple_structure(static::item()),
            'next' => new external_value(PARAM_INT, 'Where the next page begins, 0 after the last'),
        ]);
    }

    /**
     * Answer a page.
     *
     * @param string $course
     * @param int $after
     * @param int $limit
     * @return array
     */
    public static function execute(string $course, int $after = 0, int $limit = 500): array {
        $asked = ['course' => $course, 'after' => $after, 'limit' => $limit];
        ['course' => $course, 'after' => $after, 'limit' => $limit] =
            self::validate_parameters(self::execute_parameters(), $asked);
        self::let_in();
        $found = courses::find([trim($course)])[trim($course)];
        if (is_string($found)) {
            throw new \moodle_exception(str_replace('.', '_', $found), 'local_bangkom');
        }
        require_capability('enrol/bangkom:enrol', \context_course::instance($found->id));
        $limit = max(1, min(500, $limit));
        $items = static::items($found, max(0, $after), $limit);
        return ['items' => $items, 'next' => count($items) === $limit ? (int)end($items)['id'] : 0];
    }
}
