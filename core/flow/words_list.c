/*
 * core/flow/words_list.c
 *	The concepts, and which of them are close.
 *
 * To add a word, put it into the line of what it means; to add a concept, a
 * line. The lines are in no order, but what is alike stands together. Words
 * of three letters and more also part compounds: rechnungs|nummer.
 */
#include "core/flow/words.h"

#include <stddef.h>

const struct words_concept words_concepts[] = {
	/* ---- what kind of thing: said of many fields, so worth less ---- */
	{ "number", 5, "num nr no nbr nmb numero nummer numer n number# nro broj numeros nummern "
	  "cislo nrs nums" },
	{ "id", 5, "ident identifier identifiant identificador identificativo kennung kenn uid guid "
	  "uuid ids key pk sk schluessel clave chiave sleutel klucz chave identyfikator cle bid" },
	{ "code", 5, "cd cod kode codigo codice kod kuerzel kurzel kennzeichen codes kurzzeichen kz" },
	{ "reference", 5, "ref referenz referencia riferimento referentie referencja referens refs" },
	{ "name", 6, "nm nam nombre nom nome naam nazwa bezeichnung bez denominacion designation "
	  "libelle names denominazione intitule namen benennung designacao display_name label title" },
	{ "date", 5, "dt dat datum fecha data datt day tag jour dia giorno dag dzien jours on tarih "
	  "dates" },
	{ "time", 5, "tm zeit uhrzeit hora heure ora tijd czas timestamp ts zeitstempel datetime "
	  "zeitpunkt hour moment at times when horodatage" },
	{ "text", 5, "txt texte texto testo tekst texts" },
	{ "type", 6, "typ tipo tp art kind soort rodzaj genre types sorte" },
	{ "flag", 3, "flg is has indicator ind indicateur indicador kennz ist hat est czy jest" },
	{ "value", 4, "val wert valeur valor valore waarde wartosc values werte" },
	{ "group", 6, "grp gruppe groupe grupo gruppo groep grupa groups" },
	{ "level", 6, "lvl stufe niveau nivel livello poziom ebene tier" },
	{ "line", 5, "ln zeile ligne linea riga regel linia linha lineitem line_item position pos "
	  "posnr item_no lines seq sequence lfd laufende" },
	{ "old", 6, "alt ancien antiguo vecchio oud stary antigo previous prev vorherige" },
	{ "new", 6, "neu nouveau nuevo nuovo nieuw nowy novo" },
	/* ---- who and what: the thing a row is about ---- */
	{ "customer", 5, "cust cus client kunde kunden kd kdnr cliente clientes klant klient customers "
	  "kund acheteur comprador buyer cli clients kundin debitor abnehmer besteller" },
	{ "supplier", 7, "supp sup vendor vend lieferant lieferanten kreditor fournisseur proveedor "
	  "fornitore leverancier dostawca fornecedor suppliers vendors lief frn" },
	{ "employee", 6, "emp empl employe mitarbeiter personal personnel empleado dipendente "
	  "werknemer medewerker personeel pracownik funcionario empregado staff worker salarie "
	  "angestellter employees trabajador colaborador" },
	{ "person", 4, "pers personne persona persoon osoba pessoa user usr benutzer utilisateur "
	  "usuario utente gebruiker uzytkownik utilizador people visitor besucher visiteur member "
	  "mitglied membre miembro" },
	{ "contact", 5, "kontakt contacto contatto contato contactpersoon ansprechpartner asp cont "
	  "contact_person contact_name ansprechpartnerin interlocuteur" },
	{ "company", 7, "comp firma firmen unternehmen societe empresa azienda bedrijf przedsiebiorstwo "
	  "organisation organization org raison_sociale razon_social ragione_sociale company_name "
	  "spolka entreprise firmenname org_name account_name corp corporation bedrijfsnaam societa "
	  "organizacion compania company_nm business betrieb" },
	{ "order", 5, "ord auftrag auftrags bestellung bestell commande pedido ordine bestelling "
	  "zamowienie encomenda orders auftr best orden so po sales_order purchase_order cmd ordre "
	  "bestellungen" },
	{ "invoice", 5, "inv rechnung rechnungs facture factura fattura factuur faktura fatura invoices "
	  "re rg rech bill fact rek fakt" },
	{ "product", 5, "prod artikel art produkt produit producto prodotto articulo article articolo "
	  "produto towar item itm part material products artigo teil items artikels "
	  "ware prd erzeugnis" },
	{ "payment", 6, "pay pmt zahlung zahl paiement pago pagamento betaling platnosc bezahlung "
	  "payments zahlungs reglement charge" },
	{ "delivery", 6, "dlv deliv lieferung liefer lief livraison entrega consegna levering dostawa "
	  "shipping ship shp shipment versand expedition envio spedizione verzending wysylka "
	  "shipments fulfillment fulfilment dispatch dispatched shipped zustellung bezorging "
	  "sendung" },
	{ "billing", 6, "abrechnung facturation facturacion fatturazione facturatie faturamento bill_to "
	  "rechnungsadresse fakturierung" },
	{ "account", 6, "acct acc konto compte cuenta conto rekening conta ktonr accounts kto "
	  "sachkonto hkont grootboekrekening" },
	{ "bank", 6, "bank_name banque banco banca kreditinstitut geldinstitut bankname" },
	{ "store", 6, "shop filiale laden magasin tienda negozio winkel sklep loja branch storeid "
	  "markt boutique succursale sucursal niederlassung outlet" },
	{ "warehouse", 7, "wh whs lager entrepot almacen magazzino magazijn magazyn armazem depot "
	  "lagerort lagerplatz deposito" },
	{ "project", 6, "proj projekt projet proyecto progetto projeto projects vorhaben" },
	{ "contract", 7, "vertrag contrat contrato contratto umowa contr vertrags" },
	{ "document", 5, "doc beleg dokument documento piece stuk belegnr documents  "
	  "belegfeld" },
	{ "device", 7, "dev gerat geraet appareil dispositivo apparaat urzadzenie machine maschine "
	  "sensor equipment equip devices" },
	{ "campaign", 8, "kampagne campagne campana campagna kampania campanha cmp" },
	/* ---- names of people ---- */
	{ "first_name", 10, "firstname fname vorname vornamen prenom nombre voornaam imie given_name "
	  "forename givenname primeiro_nome nome_proprio first nome_battesimo roepnaam vname" },
	{ "last_name", 10, "lastname lname surname nachname familienname nom_de_famille apellido "
	  "apellidos cognome achternaam nazwisko sobrenome apelido family_name last nom zuname "
	  "familyname nachn nname sirname" },
	{ "full_name", 8, "fullname vollername nom_complet nombre_completo nome_completo volledige_naam "
	  "imie_i_nazwisko complete_name" },
	{ "salutation", 9, "anrede civilite tratamiento aanhef zwrot mr_mrs honorific" },
	{ "name_prefix", 9, "tussenvoegsel voorvoegsel namenszusatz middle_name middlename zweitname "
	  "deuxieme_prenom" },
	{ "job_title", 8, "jobtitle title titel funktion function fonction puesto cargo funcao "
	  "functie stanowisko beruf profession poste job_id job occupation role rolle contact_title "
	  "mansione dienststellung position berufsbezeichnung profesion" },
	{ "gender", 10, "sex geschlecht sexe sexo sesso geslacht plec genero geschl" },
	{ "department", 9, "dept abteilung abt departement departamento reparto afdeling dzial "
	  "division bereich dpt service dep" },
	{ "manager", 8, "mgr vorgesetzter chef jefe responsabile leidinggevende kierownik gerente boss "
	  "supervisor responsable leiter reports_to" },
	{ "sales_rep", 8, "salesperson vertreter verkaufer vendeur vendedor venditore verkoper "
	  "sprzedawca rep sachbearbeiter clerk agent commercial representative sales_person "
	  "aussendienst" },
	/* ---- reaching somebody ---- */
	{ "email", 10, "mail e_mail emailadresse mailadresse courriel correo correo_electronico posta_"
	  "elettronica e_mailadres email_address mail_address electronic_mail adres_email correio "
	  "emails smtp adresse_mail poczta mailadr emailaddr mel" },
	{ "phone", 10, "tel telephone telefon telefono telefoon telefone phone_number fon tlf "
	  "telefonnummer telefoonnummer numer_telefonu fernsprecher tel_no phoneno telno phones "
	  "rufnummer telnr telefonnr landline festnetz" },
	{ "mobile", 10, "cell cellphone mobil handy portable movil cellulare mobiel komorka celular "
	  "mobile_phone cell_phone telemovel gsm mobiltelefon mobilenumber mobilephone "
	  "mobilfunk" },
	{ "fax", 10, "telefax fax_number telecopie faxnummer faksu telecopieur faks" },
	{ "url", 10, "website web homepage site webseite site_web sitio_web sito link uri pagina_web "
	  "web_site internet webadresse www strona src href hyperlink landing_page" },
	/* ---- where ---- */
	{ "address", 8, "addr adresse adr anschrift direccion indirizzo adres endereco domicilio "
	  "addresse addr_line address_line address1 addr1 adrs morada" },
	{ "street", 9, "str strasse rue calle via straat ulica rua street_address strasse_hausnummer "
	  " straatnaam voie street1 road" },
	{ "second_line", 8, "street2 address2 addr2 address_line_2 addr_line_2 adresszusatz "
	  "complement adresse2 zusatz complemento toevoeging strasse2 line_2 supplement" },
	{ "house_number", 9, "hausnummer hnr huisnummer numero_civico numer_domu house_no "
	  "numero_de_rue house" },
	{ "city", 10, "town ort stadt ville ciudad citta stad plaats woonplaats miasto cidade localidad "
	  "wohnort municipality gemeinde commune comune poblacion localidade ortschaft "
	  "miejscowosc cty" },
	{ "region", 9, "state province bundesland provincia provincie wojewodztwo estado district "
	  "distrito departement_geo prov county kanton canton distretto regio regione gebiet "
	  "regiao comunidad stan_kraj" },
	{ "postal_code", 10, "zip zipcode zip_code postcode post_code plz postleitzahl code_postal "
	  "codigo_postal cap kod_pocztowy cep postalcode postal cp postnr codice_postale "
	  "postkode" },
	{ "country", 10, "land pays pais paese kraj nation ctry country_code landcode "
	  "laendercode staat nazione cntry iso_country lande" },
	{ "location", 7, "loc standort lieu ubicacion luogo locatie lokalizacja localizacao place site "
	  "ort_stelle emplacement local" },
	{ "latitude", 10, "lat breite breitengrad latitud latitudine breedtegraad szerokosc" },
	{ "longitude", 10, "lon lng long laenge laengengrad longitud longitudine lengtegraad dlugosc" },
	{ "altitude", 10, "alt hohe hoehe elevation altura altitud hoogte wysokosc" },
	{ "origin", 8, "orig source src herkunft quelle origine origen bron zrodlo origem from von "
	  "ausgang lead_source abgang referrer" },
	{ "destination", 8, "dest ziel destino destinazione bestemming cel to nach" },
	{ "language", 9, "lang sprache langue idioma lingua taal jezyk locale linguagem" },
	/* ---- money ---- */
	{ "amount", 7, "amt betrag montant importe importo bedrag kwota quantia montante sum summe "
	  "umsatz somme suma somma turnover betr amounts soma" },
	{ "total", 8, "tot gesamt totale suma_calkowita gesamtbetrag grand_total total_amount endbetrag "
	  "totaal razem gesamtsumme totals lacznie total_price" },
	{ "subtotal", 8, "zwischensumme sous_total sub_total subtotale subtotaal" },
	{ "price", 8, "prc preis prix precio prezzo prijs cena preco unit_price unitprice einzelpreis "
	  "stueckpreis prix_unitaire precio_unitario rate tarif prices verkaufspreis vk" },
	{ "list_price", 9, "listenpreis compare_at_price uvp msrp rrp prix_catalogue prezzo_listino "
	  "catalogue_price" },
	{ "cost", 8, "kosten cout coste costo koszt custo costs ek einkaufspreis expense" },
	{ "fee", 8, "gebuhr gebuhren frais tarifa commission provision tassa oplata taxa comision "
	  "kommission fees courtage" },
	{ "freight", 9, "fracht versandkosten shipping_cost frais_de_port gastos_envio spese_spedizione "
	  "verzendkosten porto frete shipping_fee delivery_fee transport_cost porte" },
	{ "net", 8, "netto net_amount ht hors_taxe neto imponibile excl taxable base_imponible "
	  "nettobetrag net_price zzgl liquido subtotal_net taxable_amount" },
	{ "gross", 8, "brutto brut ttc bruto lordo incl gross_amount bruttobetrag brt" },
	{ "tax", 8, "steuer vat mwst ust tva iva btw impuesto imposta impot belasting podatek imposto "
	  "taxes taxe mehrwertsteuer umsatzsteuer tax_amount vat_amount mwstbetrag sales_tax" },
	{ "tax_rate", 10, "steuersatz taux_tva vat_rate tipo_iva aliquota aliquota_iva btw_percentage "
	  "stawka_vat vat_percent tax_percent mwst_satz taux_de_tva mwstsatz ust_satz taxa_iva "
	  "stawka" },
	{ "vat_id", 10, "vat_number vat_no ustid ust_id ustidnr partita_iva nif cif siret siren "
	  "num_tva numero_tva btw_nummer nip tax_id tax_number steuernummer tax_no piva "
	  "umsatzsteuer_id btwnummer rfc cnpj steuernr" },
	{ "discount", 9, "disc rabatt remise descuento sconto korting rabat desconto rebate nachlass "
	  "skonto ristourne rabais escompte reduction discounts" },
	{ "voucher", 9, "discount_code coupon gutschein gutscheincode promo promo_code code_promo cupon "
	  "kortingscode bon aktionscode coupon_code kupon" },
	{ "currency", 10, "curr cur wahrung devise moneda valuta waluta moeda divisa ccy currency_code "
	  " wkz monnaie waehr" },
	{ "salary", 9, "gehalt lohn salaire salario stipendio loon pensja wynagrodzenie wage pay_rate "
	  "brutoloon sal verguetung ordenado" },
	{ "revenue", 8, "erlos erloes chiffre_affaires ingresos ricavi omzet przychod receita sales "
	  "annual_revenue jahresumsatz turnover umsatz fatturato income einnahmen" },
	{ "balance", 9, "saldo solde bilans kontostand bal guthaben" },
	{ "refund", 9, "erstattung remboursement reembolso rimborso terugbetaling zwrot refunded "
	  "amount_refunded ruckzahlung gutschrift reimbursed" },
	{ "debit_credit", 9, "soll_haben sh soll_haben_kennzeichen debe_haber dare_avere s_h "
	  "drcr debit_credit_indicator sens debet_credit" },
	{ "contra", 8, "gegen gegenkonto offset contrapartida contropartita tegenrekening contre" },
	{ "cost_center", 10, "kostenstelle centre_de_cout centro_coste centro_di_costo kostenplaats mpk "
	  "cost_centre kostl kst centro_de_custo" },
	{ "iban", 10, "iban_nummer" },
	{ "bic", 10, "swift swift_code bic_code" },
	{ "credit_limit", 9, "kreditlimit limite_credit limite_credito kredietlimiet" },
	{ "insured", 8, "ins insurance versicherung assurance seguro assicurazione verzekering "
	  "ubezpieczenie versichert" },
	{ "card", 7, "karte carte tarjeta carta kaart karta cartao creditcard kreditkarte" },
	{ "expiry", 8, "exp ablauf expiration vencimiento scadenza_carta verval wygasniecie gueltig_bis "
	  "expires valid_until validade expires_at expiry_date" },
	{ "purpose", 9, "verwendungszweck motif concepto causale omschrijving_betaling tytul zweck "
	  "betreff subject objet asunto oggetto onderwerp reason" },
	{ "counterparty", 8, "gegenpartei beguenstigter begunstigter zahlungspflichtiger beneficiaire "
	  "beneficiario tegenpartij payee empfanger recipient payer auftraggeber consignee "
	  "destinataire destinatario odbiorca ontvanger ship_name ship_to cons" },
	/* ---- how much ---- */
	{ "quantity", 9, "qty menge anzahl quantite cantidad quantita hoeveelheid ilosc quantidade qte "
	  "aantal mng stuckzahl qnt units liczba" },
	{ "count", 6, "cnt zahl nombre_de conteggio telling liczba_szt numero_de total_count counter "
	  "anz compte_de counts" },
	{ "stock", 8, "bestand lagerbestand inventory estoque existencias giacenza voorraad stan zapas "
	  "on_hand inventory_qty inv_qty available" },
	{ "unit", 7, "einheit unite unidad unita eenheid jednostka unidade uom me mengeneinheit "
	  "jm un base_unit" },
	{ "weight", 9, "wgt gewicht poids peso waga gew wt grams gramm kg gewichts mass masse massa" },
	{ "volume", 9, "vol volumen rauminhalt volumi objetosc m3 rauminh cubic" },
	{ "length", 8, "len lange laenge longueur longitud_medida lunghezza lengte dlugosc_cm "
	  "comprimento" },
	{ "duration", 8, "dauer duree duracion durata duur czas_trwania duracao laufzeit runtime elapsed "
	  "seconds sec minutes min spielzeit running_time sekunden minuten" },
	{ "percent", 6, "pct prozent pourcent porcentaje percentuale procent percentage perc "
	  "percentagem anteil" },
	{ "package", 7, "pkg paket colis paquete pacco pakket paczka pacote parcel packages kolli" },
	/* ---- what it is like ---- */
	{ "description", 8, "desc descr beschreibung descripcion descrizione omschrijving opis descricao "
	  "body long_text details langtext item_description erlauterung kurztext artikeltext" },
	{ "note", 8, "notes bemerkung remark remarks comment comments kommentar commentaire comentario "
	  "commento opmerking uwaga uwagi anmerkung nota notiz observaciones observacao hinweis "
	  "annotation remarque memo notatka" },
	{ "status", 8, "stat state zustand statut estado stato stan statu status_code etat situacao "
	  "toestand sts" },
	{ "active", 9, "aktiv actif activo attivo actief aktywny ativo enabled published veroffentlicht "
	  "is_active published aktywne publie visible" },
	{ "deleted", 9, "geloscht supprime borrado eliminato verwijderd usuniety loschkennzeichen "
	  "removed loschvormerkung archived" },
	{ "converted", 9, "konvertiert converti convertido convertito" },
	{ "category", 8, "cat kategorie kategoria categorie categoria warengruppe product_type "
	  "rubrik rubrique familie famille product_group material_group" },
	{ "brand", 9, "marke marque marca merk marka manufacturer hersteller fabricant fabricante "
	  "produttore fabrikant producent make fabricante vendor_brand" },
	{ "model", 8, "modell modele modelo modello version_produit" },
	{ "colour", 10, "color farbe couleur colore kleur kolor cor" },
	{ "size", 8, "grosse groesse taille tamano taglia maat rozmiar tamanho" },
	{ "title", 8, "titel titre titulo titolo tytul ueberschrift headline" },
	{ "slug", 9, "handle permalink url_key" },
	{ "tags", 9, "tag keywords schlagworte stichworte mots_cles etiquetas parole_chiave trefwoorden "
	  "keyword schlagwort labels" },
	{ "image", 9, "img bild photo foto imagen immagine afbeelding obraz imagem picture image_src "
	  "picture_url image_url pic bilder" },
	{ "html", 7, "body_html" },
	{ "sku", 9, "article_no artikelnummer item_number artnr referencia_producto item_code "
	  "product_code part_number variant_sku kod_produktu stock_keeping material_number "
	  "codigo_producto codice_articolo artikelnr" },
	{ "barcode", 10, "ean ean13 gtin upc strichcode code_barres codigo_barras codice_a_barre "
	  "streepjescode kod_kreskowy codigo_de_barras ean11 ean_code" },
	{ "customs_code", 10, "hs_code zolltarifnummer tariff ncm taric commodity_code hscode "
	  "statistische_warennummer" },
	{ "industry", 9, "branche secteur sector settore industria branza setor" },
	{ "headcount", 9, "employees number_of_employees mitarbeiterzahl effectif nb_employes "
	  " anzahl_mitarbeiter" },
	{ "priority", 9, "prio prioritat priorite prioridad priorita prioriteit priorytet urgency "
	  "dringlichkeit urgence order_priority" },
	{ "rating", 9, "bewertung note_eval calificacion valutazione beoordeling ocena score "
	  "altersfreigabe classificacao fsk" },
	{ "method", 7, "methode metodo metoda mode modus way weise moyen verfahren" },
	{ "carrier", 9, "spediteur transporteur transportista vettore vervoerder przewoznik "
	  "transportadora crr shipper frachtfuhrer versandart spedition " },
	{ "transport", 7, " ship_mode vervoer beforderung trasporto" },
	{ "service", 6, "svc dienst servicio servizio usluga dienstleistung servico" },
	{ "tracking", 9, "trk sendungsnummer suivi seguimiento tracciamento tracking_number "
	  "track_and_trace sendungsverfolgung" },
	{ "parent", 8, "mutter ubergeordnet padre genitore ouder rodzic pai superior main_account" },
	{ "media", 6, "medium channel kanal canal canale kanaal kanal_sprzedazy mdm" },
	{ "page", 8, "seite seiten pagina strona pages" },
	{ "views", 8, "view pageviews page_views aufrufe vues visitas visualizzazioni impressions hits" },
	{ "session", 7, "sitzung sesion sessione sessie sesja visit besuch" },
	{ "purchase", 6, "kauf achat compra acquisto aankoop zakup purchases einkauf purch" },
	{ "version", 8, "ver fassung versie wersja versao release" },
	{ "firmware", 9, "fw firmware_version software sw" },
	{ "temperature", 10, "temp tmp temperatur temperatura temperatuur celsius " },
	{ "humidity", 10, "hum feuchte feuchtigkeit humidite humedad umidita vochtigheid wilgotnosc "
	  "umidade luftfeuchte rh" },
	{ "pressure", 10, "pres druck luftdruck pression presion pressione cisnienie pressao hpa "
	  "luchtdruk press" },
	{ "battery", 10, "bat batt batterie akku bateria batteria batterij" },
	{ "signal", 9, "rssi empfang senal segnale sygnal snr signalstarke dbm" },
	{ "error", 8, "err fehler erreur errores errore fout blad erro errors fehlerzahl failure" },
	{ "carbon_dioxide", 10, "co2 kohlendioxid dioxyde_carbone" },
	/* ---- when ---- */
	{ "created", 8, "creation create created_at created_on angelegt erstellt erstellungsdatum cree "
	  "creacion creazione aangemaakt utworzono criacao date_creation anlagedatum "
	  "added insert_date angelegt_am inserted creado criado" },
	{ "changed", 8, "modified updated update geandert aenderung anderung modifie modificado "
	  "modificato gewijzigd zmieniono last_update last_modified updated_at changed_on "
	  "geaendert modification alterado zmiany" },
	{ "created_by", 9, " angelegt_von erstellt_von cree_par creado_por creato_da author autor "
	  "aangemaakt_door erfasser criado_por" },
	{ "due", 9, "due_date echeance faellig fallig faelligkeit vencimiento scadenza vervaldatum "
	  "termin_platnosci required requested wunschtermin deadline "
	  "zahlbar_bis date_echeance" },
	{ "birth", 10, "birthday birth_date birthdate dob geburtsdatum geburtstag date_naissance "
	  "fecha_nacimiento data_nascita geboortedatum data_urodzenia date_of_birth naissance "
	  "nacimiento geburt gebdat data_nascimento" },
	{ "hire", 10, "hire_date hiredate eintritt eintrittsdatum date_embauche fecha_alta "
	  "fecha_contratacion data_assunzione datum_in_dienst in_dienst data_zatrudnienia "
	  "data_admissao start_date joined entry_date einstellung" },
	{ "start", 7, "begin beginn anfang debut inicio inizio aanvang poczatek von_datum valid_from" },
	{ "end", 7, "ende fin final fine einde koniec fim bis valid_to stop" },
	{ "booking", 8, "buchung buchungs posting comptabilisation contabilizacion registrazione boeking "
	  "ksiegowanie booked gebucht buchungstag" },
	{ "valuta", 8, "valutadatum value_date date_valeur fecha_valor data_valuta wertstellung" },
	{ "departure", 9, "dep dep_dt abfahrt depart salida partenza vertrek wyjazd partida etd "
	  "abflug" },
	{ "arrival", 9, "arr arr_dt ankunft arrivee llegada arrivo aankomst przyjazd chegada eta" },
	{ "received", 8, "receipt erhalten recu recibido ricevuto ontvangen otrzymano "
	  "wareneingang reception recebido" },
	{ "promised", 8, "commit zugesagt promis confirmed bestatigt" },
	{ "year", 8, "jahr annee ano anno jaar rok yr jahrgang release_year yyyy" },
	{ "month", 8, "monat mois mes mese maand miesiac mon mm" },
	{ "week", 8, "woche semaine semana settimana kw" },
	{ "measured", 6, "measure gemessen mesure medido misurato gemeten messung reading event messwert "
	  "zmierzono recorded logged" },
	{ "paid", 8, "bezahlt paye pagado pagato betaald zaplacono pago_em beglichen" },
	{ "returned", 8, "return retour zuruck devuelto reso zwrocony retoure" },
	{ "material", 5, "werkstoff materiaal materiel materiale" },
	{ "last_digits", 9, "last4 last_4 letzte_stellen" },
	{ "posting_key", 8, "bu bu_schluessel buchungsschluessel steuerschluessel tax_code tax_key" },
	{ "director", 9, "regisseur realisateur regista rezyser" },
	{ NULL, 0, NULL },
};

/* Short names of wide-spread systems, said in words. */
const struct words_long words_longs[] = {
	{ "matnr", "material number" }, { "maktx", "material description" },
	{ "mtart", "material type" }, { "matkl", "material group" }, { "meins", "base_unit" },
	{ "brgew", "gross weight" }, { "ntgew", "net weight" }, { "gewei", "weight unit" },
	{ "kunnr", "customer number" }, { "lifnr", "supplier number" }, { "bukrs", "company code" },
	{ "werks", "plant" }, { "lgort", "warehouse" }, { "erdat", "created date" },
	{ "ersda", "created date" }, { "aedat", "changed date" }, { "laeda", "changed date" },
	{ "ernam", "created_by" }, { "waers", "currency" }, { "belnr", "document number" },
	{ "vbeln", "document number" }, { "posnr", "line number" }, { "budat", "booking date" },
	{ "bldat", "document date" }, { "name1", "company_name" }, { "ort01", "city" },
	{ "pstlz", "postal_code" }, { "stras", "street" }, { "land1", "country" },
	{ "regio", "region" }, { "telf1", "phone" }, { "telfx", "fax" }, { "stceg", "vat_id" },
	{ "spras", "language" }, { "loevm", "deleted flag" }, { "netwr", "net value" },
	{ "kwmeng", "order quantity" }, { "kundennummer", "customer number" },
	{ "dob", "birth date" }, { NULL, NULL },
};

const struct words_near words_nears[] = {
	{ "number", "id", 80 }, { "number", "code", 70 }, { "id", "code", 70 },
	{ "reference", "number", 60 }, { "reference", "id", 50 }, { "reference", "code", 50 },
	{ "number", "count", 40 }, { "line", "number", 40 }, { "date", "time", 75 },
	{ "name", "title", 70 }, { "name", "text", 40 }, { "name", "description", 50 },
	{ "text", "description", 75 }, { "text", "note", 60 }, { "description", "note", 50 },
	{ "description", "title", 50 }, { "text", "purpose", 40 }, { "name", "last_name", 50 },
	{ "name", "first_name", 40 }, { "name", "full_name", 90 }, { "name", "company", 60 },
	{ "name", "contact", 40 }, { "contact", "person", 60 }, { "customer", "person", 40 },
	{ "customer", "contact", 40 }, { "employee", "person", 60 },
	{ "customer", "company", 40 }, { "company", "store", 30 }, { "customer", "account", 30 },
	{ "street", "address", 85 }, { "address", "second_line", 60 },
	{ "street", "second_line", 40 }, { "city", "location", 50 }, { "region", "country", 30 },
	{ "location", "address", 40 }, { "phone", "mobile", 60 }, { "phone", "fax", 30 },
	{ "url", "slug", 40 }, { "url", "image", 30 }, { "url", "page", 40 },
	{ "image", "page", 10 }, { "amount", "total", 75 }, { "amount", "value", 70 },
	{ "amount", "price", 50 }, { "amount", "quantity", 40 }, { "amount", "gross", 50 },
	{ "amount", "net", 50 }, { "total", "gross", 60 }, { "total", "price", 40 },
	{ "price", "cost", 60 }, { "price", "value", 50 }, { "price", "list_price", 60 },
	{ "price", "fee", 30 }, { "price", "net", 20 }, { "subtotal", "net", 60 },
	{ "subtotal", "total", 50 }, { "subtotal", "amount", 40 }, { "fee", "cost", 50 },
	{ "freight", "delivery", 60 }, { "freight", "cost", 40 }, { "tax", "tax_rate", 50 },
	{ "tax", "vat_id", 40 }, { "tax_rate", "percent", 40 }, { "salary", "amount", 40 },
	{ "revenue", "amount", 60 }, { "revenue", "total", 40 }, { "discount", "voucher", 40 },
	{ "iban", "account", 75 }, { "quantity", "count", 75 }, { "quantity", "stock", 70 },
	{ "quantity", "number", 30 }, { "headcount", "quantity", 40 },
	{ "headcount", "count", 50 }, { "unit", "package", 20 }, { "length", "duration", 45 },
	{ "duration", "time", 40 }, { "volume", "quantity", 20 }, { "status", "active", 40 },
	{ "status", "flag", 40 }, { "status", "region", 20 }, { "category", "group", 60 },
	{ "category", "type", 65 }, { "type", "group", 40 }, { "type", "brand", 30 },
	{ "brand", "supplier", 40 }, { "brand", "company", 30 }, { "sku", "product", 60 },
	{ "sku", "code", 50 }, { "sku", "number", 40 }, { "barcode", "code", 30 },
	{ "sku", "barcode", 30 }, { "material", "product", 90 }, { "created", "date", 40 },
	{ "created", "changed", 30 }, { "due", "date", 40 }, { "due", "promised", 40 },
	{ "booking", "date", 30 }, { "measured", "time", 40 }, { "delivery", "received", 40 },
	{ "delivery", "carrier", 50 }, { "transport", "carrier", 60 },
	{ "transport", "delivery", 60 }, { "delivery", "counterparty", 40 },
	{ "departure", "start", 40 }, { "arrival", "end", 40 }, { "hire", "start", 60 },
	{ "payment", "paid", 80 }, { "job_title", "title", 50 }, { "sales_rep", "employee", 60 },
	{ "sales_rep", "created_by", 30 }, { "manager", "employee", 40 }, { "device", "id", 20 },
	{ "media", "type", 20 }, { "origin", "media", 30 }, { "session", "id", 20 },
	{ "device", "sku", 10 }, { "purchase", "order", 70 }, { "billing", "invoice", 80 },
	{ "document", "invoice", 60 }, { "document", "number", 20 },
	{ "posting_key", "code", 30 }, { "counterparty", "customer", 40 },
	{ "counterparty", "person", 40 }, { "counterparty", "name", 40 }, { "bic", "bank", 50 },
	{ "store", "warehouse", 40 }, { "expiry", "due", 30 }, { "expiry", "end", 50 },
	{ "birth", "date", 30 }, { "last_digits", "number", 30 }, { "firmware", "version", 80 },
	{ "rating", "status", 20 },
	{ NULL, NULL, 0 },
};
