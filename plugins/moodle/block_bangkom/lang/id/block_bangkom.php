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
 * @package    block_bangkom
 * @copyright  2026 Bangkom contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['bangkom:addinstance'] = 'Menambah blok Bangkom';
$string['bangkom:myaddinstance'] = 'Menambah blok Bangkom ke dasbor';
$string['cachedef_cards'] = 'Yang dimiliki Bangkom untuk seseorang';
$string['down'] = 'Bangkom sedang tidak dapat dihubungi. Jam pelajaran Anda aman di sana; silakan lihat lagi beberapa menit lagi.';
$string['hours'] = '{$a->jp} dari {$a->target} JP pada {$a->year}';
$string['missing'] = 'Kurang {$a} JP';
$string['pluginname'] = 'Bangkom';
$string['privacy:metadata:bangkom'] = 'Untuk menampilkan jam pelajaran seseorang, kartunya diambil dari Bangkom dan disimpan lima menit.';
$string['privacy:metadata:bangkom:nip'] = 'NIP, yaitu nomor ID akun';
$string['progress'] = 'Jam pelajaran tahun ini';
$string['reached'] = 'Target tahun ini sudah tercapai';
$string['record'] = 'Seluruh catatan saya';
$string['session'] = 'Sesi berikutnya';
$string['step'] = 'Langkah berikutnya';
$string['surveys'] = 'Survei terbuka';
$string['title'] = 'Pengembangan kompetensi saya';
$string['unknown'] = 'Bangkom belum mengenal NIP Anda. Tanyakan kepada pengelola pengembangan kompetensi di instansi Anda.';
