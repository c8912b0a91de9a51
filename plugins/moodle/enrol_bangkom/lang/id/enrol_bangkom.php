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
 * Indonesian words.
 *
 * @package    enrol_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['bangkom:config'] = 'Mengatur pendaftaran Bangkom pada kursus';
$string['bangkom:enrol'] = 'Memberi dan menarik kursi atas nama Bangkom';
$string['pluginname'] = 'Bangkom';
$string['pluginname_desc'] = 'Kursi yang diberikan Bangkom setelah disetujui. Kursi dibuat, ditangguhkan, dan ditarik hanya oleh Bangkom; tidak ada yang mengubahnya secara manual.';
$string['privacy:metadata'] = 'Metode pendaftaran Bangkom tidak menyimpan data sendiri; kursi adalah pendaftaran biasa di Moodle.';
$string['role'] = 'Peran pemegang kursi';
$string['role_help'] = 'Peran di kursus bagi setiap orang yang mendapat kursi. Mengubahnya juga mengubah peran mereka yang sudah memiliki kursi.';
