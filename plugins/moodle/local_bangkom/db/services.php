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

/**
 * The functions that the bridge calls, and the service that holds them.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$functions = [];
foreach (
    [
        'check' => ['read', 'Versions, rights, clock, cron, block list, and what waits'],
        'enrol_users' => ['write', 'Give people their seats; who has no account gets one'],
        'unenrol_users' => ['write', 'Take seats away'],
        'suspend_users' => ['write', 'Suspend seats'],
        'create_courses' => ['write', 'Make shells of courses with the enrolment method'],
        'push_grades' => ['write', 'Write grades into the gradebook'],
        'post_messages' => ['write', 'Post notifications to people'],
        'read_roster' => ['read', 'Who is enrolled in a course, and how'],
        'read_completion' => ['read', 'What people have completed in a course'],
    ] as $name => [$type, $description]
) {
    $functions["local_bangkom_$name"] = [
        'classname' => "local_bangkom\\external\\$name",
        'methodname' => 'execute',
        'description' => $description,
        'type' => $type,
        'capabilities' => 'local/bangkom:connect',
        'ajax' => false,
    ];
}

$services = [
    'Bangkom' => [
        'functions' => array_keys($functions),
        'requiredcapability' => 'local/bangkom:connect',
        'restrictedusers' => 1,
        'enabled' => 1,
        'shortname' => 'local_bangkom',
        'downloadfiles' => 0,
        'uploadfiles' => 0,
    ],
];
