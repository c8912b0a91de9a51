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
 * What is heard.
 *
 * @package    local_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$happened = '\local_bangkom\observer::happened';
$method = '\local_bangkom\observer::method_changed';

$observers = [
    ['eventname' => '\core\event\course_completed', 'callback' => $happened],
    ['eventname' => '\core\event\course_module_completion_updated', 'callback' => $happened],
    ['eventname' => '\mod_quiz\event\attempt_submitted', 'callback' => $happened],
    ['eventname' => '\mod_quiz\event\attempt_graded', 'callback' => $happened],
    ['eventname' => '\mod_quiz\event\question_manually_graded', 'callback' => $happened],
    ['eventname' => '\mod_quiz\event\attempt_regraded', 'callback' => $happened],
    ['eventname' => '\mod_feedback\event\response_submitted', 'callback' => $happened],
    ['eventname' => '\core\event\user_enrolment_created', 'callback' => $happened],
    ['eventname' => '\core\event\user_enrolment_deleted', 'callback' => $happened],
    ['eventname' => '\core\event\user_updated', 'callback' => $happened],
    ['eventname' => '\core\event\user_deleted', 'callback' => $happened],
    ['eventname' => '\core\event\course_updated', 'callback' => $happened],
    ['eventname' => '\core\event\course_deleted', 'callback' => $happened],
    ['eventname' => '\core\event\enrol_instance_created', 'callback' => $method],
    ['eventname' => '\core\event\enrol_instance_updated', 'callback' => $method],
    ['eventname' => '\core\event\enrol_instance_deleted', 'callback' => $method],
    ['eventname' => '*', 'callback' => '\local_bangkom\observer::any'],
];
