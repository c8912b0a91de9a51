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

use core_external\external_api;
use local_bangkom\setup;

/**
 * What the tests of the functions share: a course with the method, and the bridge as the one who calls.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
abstract class actions_testcase extends \advanced_testcase {
    /** @var string A NIP. */
    protected const NIP = '198703122010012004';

    /** @var \stdClass A course with the method. */
    protected \stdClass $course;

    /**
     * A course with the method, and the bridge as the one who calls.
     */
    protected function setUp(): void {
        global $DB;
        parent::setUp();
        $this->resetAfterTest();
        $this->course = $this->getDataGenerator()->create_course(['idnumber' => 'PKA', 'enablecompletion' => 1]);
        enrol_get_plugin('bangkom')->add_instance($this->course);
        setup::connect();
        $this->setUser($DB->get_record('user', ['username' => 'local_bangkom']));
    }

    /**
     * What an action answers, as the caller sees it.
     *
     * @param string $class
     * @param array $rows
     * @return array result and code, by key
     */
    protected function answers(string $class, array $rows): array {
        $said = external_api::clean_returnvalue($class::execute_returns(), $class::execute(json_encode($rows)));
        return array_map(fn($row) => trim("{$row['result']} {$row['code']}"), array_column($said['results'], null, 'key'));
    }

    /**
     * A row.
     *
     * @param string $key
     * @param array $more
     * @return array
     */
    protected static function row(string $key, array $more = []): array {
        return $more + [
            'key' => $key,
            'course' => 'PKA',
            'nip' => self::NIP,
            'name' => 'Siti Rahma',
            'email' => 'siti@sibolga.example',
        ];
    }

    /**
     * Whether the account with this NIP is enrolled and may enter.
     *
     * @param string $nip
     * @return bool
     */
    protected function may_enter(string $nip = self::NIP): bool {
        global $DB;
        $user = $DB->get_record('user', ['idnumber' => $nip]);
        return $user && is_enrolled(\context_course::instance($this->course->id), $user, '', true);
    }
}
